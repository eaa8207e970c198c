// From a URL to a Store. Its counterpart for tools is <freshet/attach.h>.
#pragma once

#include <freshet/store.h>

#include <memory>
#include <string_view>

namespace freshet {

/// memory:, shared:, file: (segment/placement.h) and null: (keeps nothing).
/// Errors: throws ConfigError that names what is wrong in the URL, or at the place it names, and the mend.
std::shared_ptr<Store> open_store(std::string_view url);

}  // namespace freshet
