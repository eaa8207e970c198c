// A child process of a test: forked, run, killed, waited for. What it has to say goes through its exit code and through
// memory that it shares with its parent.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace freshet::witness {

/// Ownership: kills and reaps the process if it still runs.
class Child {
 public:
  Child() = default;
  /// `run` gives the exit code; an exception gives 99.
  explicit Child(const std::function<int()>& run) {
    pid_ = fork();
    if (pid_ != 0) return;
    int code = 99;
    try {
      code = run();
    } catch (const std::exception& error) {
      ::write(2, error.what(), std::string(error.what()).size()) < 0 ? void() : void();
    }
    _exit(code);
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Child() { kill(); }

  pid_t pid() const { return pid_; }
  /// Kills it and waits until it is gone, its locks and all.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  /// Whether it has ended by itself, or somebody killed it. How, wait() says.
  bool ended() const {
    siginfo_t info{};
    return pid_ > 0 && waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }
  /// Waits for its end. The exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

/// One T in memory that this process shares with its children.
template <class T>
class SharedPage {
 public:
  SharedPage()
      : at_(mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        value_(new (at_) T()) {}
  ~SharedPage() { munmap(at_, sizeof(T)); }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  T* operator->() const { return value_; }
  T& operator*() const { return *value_; }

 private:
  void* at_;
  T* value_;
};

/// Waits until `event` holds. False when it did not within `limit`.
template <class Event>
bool await(Event&& event, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!event()) {
    if (std::chrono::steady_clock::now() > until) return false;
    // Not to let something happen, but to leave the processor to those who make it happen.
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

}  // namespace freshet::witness
