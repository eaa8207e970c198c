// How long this thread has waited for a processor so far, although it could have run: what the machine adds to a call,
// its own or that of whoever waits for a lock that it holds.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace freshet::soak {

class ProcessorWait {
 public:
  ProcessorWait() : fd_(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}
  ~ProcessorWait() {
    if (fd_ >= 0) close(fd_);
  }
  ProcessorWait(const ProcessorWait&) = delete;
  ProcessorWait& operator=(const ProcessorWait&) = delete;

  /// 0 where the kernel does not say.
  std::int64_t us() const {
    char text[96];
    const ssize_t bytes = fd_ < 0 ? -1 : pread(fd_, text, sizeof(text) - 1, 0);
    if (bytes <= 0) return 0;
    text[bytes] = '\0';
    // Nanoseconds run, nanoseconds waited, slices.
    char* waited = nullptr;
    std::strtoll(text, &waited, 10);
    return std::strtoll(waited, nullptr, 10) / 1000;
  }

 private:
  int fd_;
};

}  // namespace freshet::soak
