// Counters of everything that happens, shared by all processes, and the memory of why keys were missed.
//
// Threads: all members from any thread, without locks and without contention: each thread adds to one stripe.
#pragma once

#include "platform/fork_generation.h"
#include "segment/layout.h"

#include <bit>
#include <cstdint>
#include <optional>

namespace freshet::segment {

class Counters {
 public:
  Counters(CounterStripe* stripes, RememberedMiss* misses, const Geometry& geometry)
      : stripes_(stripes), misses_(misses), geometry_(geometry) {}

  void add(Reason reason, std::uint64_t n = 1) noexcept {
    // Relaxed: a statistic orders nothing.
    mine().count[static_cast<std::size_t>(reason)].fetch_add(n, std::memory_order_relaxed);
  }

  void add_load(Duration took) noexcept {
    const auto us = static_cast<std::uint64_t>(took.count() < 0 ? 0 : took.count());
    const auto bucket = us == 0 ? 0 : static_cast<std::size_t>(std::bit_width(us) - 1);
    mine().load_time[bucket < kHistogramBuckets ? bucket : kHistogramBuckets - 1].fetch_add(1,
                                                                                            std::memory_order_relaxed);
    mine().load_time_sum_us.fetch_add(us, std::memory_order_relaxed);
  }

  void total(Stats& stats) const {
    for (std::uint32_t i = 0; i < geometry_.counter_stripes; ++i) {
      const CounterStripe& stripe = stripes_[i];
      for (std::size_t r = 0; r < kReasonCount; ++r) stats.count[r] += stripe.count[r].load(std::memory_order_relaxed);
      for (std::size_t b = 0; b < kHistogramBuckets; ++b) {
        stats.load_time[b] += stripe.load_time[b].load(std::memory_order_relaxed);
      }
      stats.load_time_sum_us += stripe.load_time_sum_us.load(std::memory_order_relaxed);
    }
  }

  void remember_miss(std::uint64_t hash, Reason reason, Instant at) noexcept {
    RememberedMiss& place = misses_[hash & (geometry_.remembered_misses - 1)];
    const std::uint64_t what = std::uint64_t{static_cast<std::uint8_t>(reason)} << 56 |
                               (static_cast<std::uint64_t>(at.time_since_epoch().count()) & kInstantMask);
    // Relaxed: a pair that two writers mixed fails its check.
    place.what.store(what, std::memory_order_relaxed);
    place.check.store(hash ^ what, std::memory_order_relaxed);
  }

  std::optional<Reason> remembered_miss(std::uint64_t hash, Instant& at) const {
    const RememberedMiss& place = misses_[hash & (geometry_.remembered_misses - 1)];
    const std::uint64_t what = place.what.load(std::memory_order_relaxed);
    if (what == 0 || (place.check.load(std::memory_order_relaxed) ^ what) != hash) return std::nullopt;
    if ((what >> 56) >= kReasonCount) return std::nullopt;
    at = Instant(Duration(static_cast<std::int64_t>(what & kInstantMask)));
    return static_cast<Reason>(what >> 56);
  }

 private:
  static constexpr std::uint64_t kInstantMask = (std::uint64_t{1} << 56) - 1;

  CounterStripe& mine() const noexcept {
    static Shared<std::uint32_t> next{0};
    // A child that was forked begins with its parent's: it must not keep to it.
    struct Own {
      std::uint32_t forks = UINT32_MAX;
      std::uint32_t stripe = 0;
    };
    thread_local Own own;
    if (const std::uint32_t forks = platform::fork_generation(); own.forks != forks) [[unlikely]] {
      own = {forks, next.fetch_add(1, std::memory_order_relaxed) * 7 + process_offset()};
    }
    return stripes_[own.stripe & (geometry_.counter_stripes - 1)];
  }
  static std::uint32_t process_offset() noexcept;

  CounterStripe* stripes_;
  RememberedMiss* misses_;
  const Geometry& geometry_;
};

}  // namespace freshet::segment
