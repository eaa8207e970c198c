#include "platform/fork_generation.h"

#include <atomic>
#include <pthread.h>

namespace freshet::platform {
namespace {

// Relaxed everywhere: written only in a fresh child, which has one thread.
std::atomic<std::uint32_t> generation{0};

void in_child() { generation.fetch_add(1, std::memory_order_relaxed); }

bool watch_forks() {
  pthread_atfork(nullptr, nullptr, &in_child);
  return true;
}

}  // namespace

std::uint32_t fork_generation() noexcept {
  static const bool watching = watch_forks();
  static_cast<void>(watching);
  return generation.load(std::memory_order_relaxed);
}

}  // namespace freshet::platform
