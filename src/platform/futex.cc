#include "platform/futex.h"

#include <climits>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace freshet::platform {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t), "the kernel reads the word itself");

}  // namespace

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::microseconds timeout) noexcept {
  if (timeout.count() <= 0) return;
  timespec limit{};
  limit.tv_sec = static_cast<time_t>(timeout.count() / 1'000'000);
  limit.tv_nsec = static_cast<long>(timeout.count() % 1'000'000) * 1000;
  // Every error (changed word, signal, time-out) means the same to the caller: look again.
  syscall(SYS_futex, &word, FUTEX_WAIT, seen, &limit, nullptr, 0);
}

void futex_wake_all(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace freshet::platform
