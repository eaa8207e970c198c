// Tells a forked child that what it inherited in memory (threads, held locks, random states) is its parent's.
#pragma once

#include <cstdint>

namespace freshet::platform {

/// How often this process's line has forked since the library was first used: differs between a parent and its child.
/// Cost: one load.
std::uint32_t fork_generation() noexcept;

}  // namespace freshet::platform
