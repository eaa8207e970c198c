// An ETag for an answer whose handler gave none (RFC 9110 section 8.8.3): strong, a hash of 128 bits over the body and
// the fields that say what its bytes are. Equal answers of all processes have equal tags, whenever they were made.
#pragma once

#include <freshet/http_message.h>

#include <string>

namespace freshet::response_cache {

std::string entity_tag(const HttpResponse& response);

}  // namespace freshet::response_cache
