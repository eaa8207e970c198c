// One thread's events: sockets that can be read or written, instants that have come, and calls from other threads.
//
// epoll, edge-triggered: whoever is told that a socket is ready reads or writes until it is not. Everything else that a
// worker owns is used by its loop's thread only, and so needs no lock.
#pragma once

#include <freshet/time.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace freshet::proxy {

/// Never goes back: for timeouts.
using Tick = std::chrono::steady_clock::time_point;

/// A file descriptor that is closed with its owner.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }
  int fd() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void close() noexcept;

 private:
  int fd_ = -1;
};

/// What is told of a socket's events.
class Watcher {
 public:
  virtual ~Watcher() = default;
  struct Events {
    bool readable = false;
    bool writable = false;
    bool hung_up = false;  ///< the peer is gone, or will send no more
  };
  virtual void on_events(Events events) = 0;
};

class EventLoop;

/// Calls once, not before its instant. Setting it anew is cheap as long as the instant only moves on: the loop looks
/// again when the old one comes.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> call) : loop_(&loop), call_(std::move(call)) {}
  ~Timer() { forget(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  void set(std::chrono::nanoseconds from_now);
  void cancel() noexcept { due_ = Tick::max(); }
  bool is_set() const noexcept { return due_ != Tick::max(); }

 private:
  friend class EventLoop;
  void forget() noexcept;
  EventLoop* loop_;
  std::function<void()> call_;
  Tick due_ = Tick::max();
  Tick queued_at_ = Tick::max();  // where the loop has it; max: nowhere
};

class EventLoop {
 public:
  /// Errors: throws std::system_error.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  /// Until stop(). Runs on the thread that calls it.
  void run();
  /// From any thread.
  void stop();
  /// From any thread: `task` runs on the loop's, soon, and never within this call. What was posted when run() ends is
  /// not run. Cost: from the loop's own thread, no lock and no system call.
  void post(std::function<void()> task);

  /// `watcher` lives until remove(). Errors: false, with errno.
  bool add(int fd, Watcher& watcher) noexcept;
  /// The watcher is not told of anything any more, not even of events that have come already.
  void remove(int fd, Watcher& watcher) noexcept;
  /// Destroyed once the events at hand have been handed out: for whoever ends while it is being called.
  void destroy_later(std::shared_ptr<void> object) { doomed_.push_back(std::move(object)); }

  /// Of the events at hand: read once for each round.
  Instant now() const noexcept { return now_; }
  Tick tick() const noexcept { return tick_; }
  void read_clocks() noexcept;

 private:
  friend class Timer;
  void run_posted();
  void run_own();
  void run_timers();
  int timeout_ms() const noexcept;
  void wake() noexcept;

  Socket epoll_, wakeup_;
  std::atomic<bool> stopping_{false};
  Instant now_{};
  Tick tick_{};
  std::set<std::pair<Tick, Timer*>> timers_;
  std::vector<std::shared_ptr<void>> doomed_;
  // Watchers removed while their events are being handed out.
  std::vector<Watcher*> removed_;
  std::vector<std::function<void()>> own_tasks_;  // posted by the loop's own thread
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool woken_ = false;
};

}  // namespace freshet::proxy
