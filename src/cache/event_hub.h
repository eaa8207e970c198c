// The listeners of one cache: a fixed row of slots, no lock, so that neither a fork nor a slow listener can block
// others.
#pragma once

#include <freshet/events.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace freshet::cache {

/// Threads: every member from any thread.
class EventHub : public std::enable_shared_from_this<EventHub> {
 public:
  EventHub() = default;
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// Relaxed: a listener that subscribes at this very moment may miss this very event.
  bool heard() const noexcept { return listeners_.load(std::memory_order_relaxed) != 0; }
  /// Returns how many listeners threw.
  std::uint64_t emit(const Event& event) noexcept;
  /// Errors: ConfigError when all slots are taken.
  Subscription subscribe(Listener listener);

 private:
  // `listener` and `running` are sequentially consistent on both sides: emit() raises `running` before it reads
  // `listener`, cancel() clears `listener` before it reads `running`. One of them sees the other, so cancel() never
  // deletes a listener that emit() goes on to call.
  struct Slot {
    std::atomic<Listener*> listener{nullptr};
    std::atomic<std::uint32_t> running{0};
    std::atomic<bool> taken{false};
  };

  void cancel(std::size_t index, std::uint32_t generation) noexcept;

  std::array<Slot, kMaxListeners> slots_;
  std::atomic<std::uint32_t> listeners_{0};
};

}  // namespace freshet::cache
