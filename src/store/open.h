// From a URL to a Store.
#pragma once

#include <freshet/store.h>

#include <memory>
#include <string_view>

namespace freshet {

/// memory:, shared:, file: (segment/placement.h) and null: (keeps nothing).
/// Errors: throws ConfigError that names what is wrong in the URL, or at the place it names, and the mend.
std::shared_ptr<Store> open_store(std::string_view url);

/// The same for tools: refuses where there is no segment yet.
std::shared_ptr<Store> attach_store(std::string_view url);

}  // namespace freshet
