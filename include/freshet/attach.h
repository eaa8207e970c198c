// Joining a cache that others run: for tools, monitors and scripts.
#pragma once

#include <freshet/store.h>

#include <memory>
#include <string_view>

namespace freshet {

/// The store behind a `shared:` or `file:` URL, as it is: nothing is created, emptied or resized, so the URL's size=
/// does not matter and an application's own URL will do. The caller counts as one of the store's processes while it
/// holds the result. Cost: no process of the segment waits, but for the moment in which another one opens or leaves it.
/// Errors: throws ConfigError, with the mend, where there is no segment, where it is damaged, or where it may not be
/// read; and for `memory:`, which nobody else can reach, and `null:`, which keeps nothing.
std::shared_ptr<Store> attach(std::string_view url);

}  // namespace freshet
