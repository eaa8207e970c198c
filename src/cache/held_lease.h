// A lease that is given back if nobody ends it, whatever is thrown.
#pragma once

#include "platform/fork_generation.h"

#include <freshet/store.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace freshet::cache {

/// Threads: one at a time. A forked child's copy does nothing: the lease is its parent's.
class HeldLease {
 public:
  HeldLease() = default;
  HeldLease(std::shared_ptr<Store> store, std::string key, const Lease& lease)
      : store_(std::move(store)), key_(std::move(key)), lease_(lease), generation_(platform::fork_generation()) {}
  HeldLease(HeldLease&& other) noexcept { *this = std::move(other); }
  HeldLease& operator=(HeldLease&& other) noexcept {
    if (this != &other) {
      release(LoadEnd::superseded);
      store_ = std::move(other.store_);
      key_ = std::move(other.key_);
      lease_ = std::exchange(other.lease_, Lease{});
      generation_ = other.generation_;
    }
    return *this;
  }
  HeldLease(const HeldLease&) = delete;
  HeldLease& operator=(const HeldLease&) = delete;
  /// "superseded" lets the waiters look again and load anew.
  ~HeldLease() { release(LoadEnd::superseded); }

  explicit operator bool() const noexcept { return static_cast<bool>(lease_); }
  std::uint64_t token() const noexcept { return lease_.token; }
  /// For a put, which ends the lease by itself.
  Lease hand_over() noexcept { return std::exchange(lease_, Lease{}); }
  void release(LoadEnd end, std::string_view message = {}) {
    if (!lease_) return;
    const Lease lease = hand_over();
    if (generation_ == platform::fork_generation()) store_->release(key_, lease, end, message);
  }

 private:
  std::shared_ptr<Store> store_;
  std::string key_;
  Lease lease_;
  std::uint32_t generation_ = 0;
};

}  // namespace freshet::cache
