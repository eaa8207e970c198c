// Loads whose responses were not for sharing lately (private, no-store). Who asks for such a one would wait for the
// fetch under way, only to learn that it must ask by itself: so for a while nobody waits.
//
// A table of fixed size, in which a newer key takes the place of an older one: what a stranger asks for costs no
// memory.
#pragma once

#include "proxy/event_loop.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

namespace freshet::proxy {

/// Threads: all at once.
class Unshareable {
 public:
  static constexpr std::chrono::seconds kLasts{10};

  bool contains(std::string_view key, Tick now) const noexcept {
    const std::uint64_t hash = std::hash<std::string_view>()(key);
    const std::uint64_t row = rows_[hash % kRows].load(std::memory_order_relaxed);
    return (row & kHashMask) == (hash & kHashMask) && seconds(now) - (row & ~kHashMask) < kLastsSeconds;
  }
  void add(std::string_view key, Tick now) noexcept {
    const std::uint64_t hash = std::hash<std::string_view>()(key);
    rows_[hash % kRows].store((hash & kHashMask) | seconds(now), std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kRows = 8192;
  // The upper 40 bits are the hash's, the lower 24 the second.
  static constexpr std::uint64_t kHashMask = ~std::uint64_t{0} << 24;
  static constexpr std::uint64_t kLastsSeconds = kLasts.count();
  static std::uint64_t seconds(Tick at) noexcept {
    const auto count = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
    return static_cast<std::uint64_t>(count) & ~kHashMask;
  }
  std::array<std::atomic<std::uint64_t>, kRows> rows_{};
};

}  // namespace freshet::proxy
