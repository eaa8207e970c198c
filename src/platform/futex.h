// Sleeping on a word of shared memory until another process changes it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace freshet::platform {

/// Sleeps while `word` still holds `seen`, at most for `timeout`. May return early; the caller looks again.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::microseconds timeout) noexcept;
/// Wakes every sleeper on `word`, in every process.
void futex_wake_all(std::atomic<std::uint32_t>& word) noexcept;

}  // namespace freshet::platform
