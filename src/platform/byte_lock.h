// Locks on single bytes of a file, held by an open file description (fcntl F_OFD_*).
//
// They are how processes tell each other that they live: the kernel drops them when the last descriptor is closed, so a
// killed process is noticed at once, across containers and whatever happens to process ids. The bytes lie far beyond
// the file's end; nothing is stored in them.
#pragma once

#include <cstdint>

namespace freshet::platform {

enum class LockKind { shared, exclusive };

/// Takes the lock if it is free. A lock that this descriptor already holds is converted.
bool try_lock_byte(int fd, std::uint64_t byte, LockKind kind) noexcept;
/// Waits for the lock. False only on an error of the file system (no lock support).
bool lock_byte(int fd, std::uint64_t byte, LockKind kind) noexcept;
void unlock_byte(int fd, std::uint64_t byte) noexcept;
/// True when another open file description holds the byte in any way. Locks of `fd` itself are not seen.
bool byte_is_locked_by_another(int fd, std::uint64_t byte) noexcept;

}  // namespace freshet::platform
