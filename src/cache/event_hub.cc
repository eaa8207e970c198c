#include "cache/event_hub.h"

#include "platform/fork_generation.h"

#include <freshet/error.h>

namespace freshet::cache {
namespace {

// Which slots this thread is inside of, innermost first: a listener may cancel itself.
struct Inside {
  const void* slot;
  Inside* outer;
  Listener* cancelled;  // to be deleted by whoever called it
};
thread_local Inside* inside = nullptr;

struct Depth {
  std::uint32_t calls = 0;
  Inside* outermost = nullptr;
};

Depth depth_in(const void* slot) {
  Depth depth;
  for (Inside* at = inside; at != nullptr; at = at->outer) {
    if (at->slot != slot) continue;
    ++depth.calls;
    depth.outermost = at;
  }
  return depth;
}

}  // namespace

EventHub::~EventHub() {
  for (Slot& slot : slots_) delete slot.listener.load();
}

std::uint64_t EventHub::emit(const Event& event) noexcept {
  std::uint64_t threw = 0;
  for (Slot& slot : slots_) {
    if (slot.listener.load(std::memory_order_relaxed) == nullptr) continue;
    slot.running.fetch_add(1);
    if (Listener* listener = slot.listener.load(); listener != nullptr) {
      Inside here{&slot, inside, nullptr};
      inside = &here;
      try {
        (*listener)(event);
      } catch (...) {
        ++threw;
      }
      inside = here.outer;
      if (here.cancelled != nullptr) {
        delete here.cancelled;
        slot.taken.store(false);
      }
    }
    slot.running.fetch_sub(1);
    slot.running.notify_all();
  }
  return threw;
}

Subscription EventHub::subscribe(Listener listener) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].taken.exchange(true)) continue;
    slots_[i].listener.store(new Listener(std::move(listener)));
    listeners_.fetch_add(1);
    // The pointer is only a token; its deleter is the cancellation.
    return Subscription(
        std::shared_ptr<void>(&slots_[i], [hub = weak_from_this(), i, generation = platform::fork_generation()](void*) {
          if (const auto alive = hub.lock()) alive->cancel(i, generation);
        }));
  }
  throw ConfigError("on_event: this cache has " + std::to_string(kMaxListeners) +
                    " listeners already; let one listener hand events on to the others");
}

void EventHub::cancel(std::size_t index, std::uint32_t generation) noexcept {
  Slot& slot = slots_[index];
  Listener* listener = slot.listener.exchange(nullptr);
  listeners_.fetch_sub(1);
  const Depth own = depth_in(&slot);
  // In a forked child, calls that were under way in the parent's other threads never end; they are not under way here.
  while (generation == platform::fork_generation()) {
    const std::uint32_t running = slot.running.load();
    if (running == own.calls) break;
    slot.running.wait(running);
  }
  if (own.outermost != nullptr) {
    own.outermost->cancelled = listener;
    return;
  }
  if (generation == platform::fork_generation()) delete listener;
  slot.taken.store(false);
}

}  // namespace freshet::cache
