// The supervisor's side of the worker processes: starts them, starts anew those that die, stops them.
#pragma once

#include "scoreboard.h"
#include "worker.h"

#include <atomic>
#include <cstddef>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace demo {

/// One listening socket for each worker, all on the same port of 127.0.0.1: the kernel spreads the connections over
/// them (SO_REUSEPORT). Child processes inherit them. They belong to the supervisor, so that a connection that waits
/// for a worker that was killed is served by its successor; were they the worker's own, it would be reset.
class ListeningSockets {
 public:
  /// `port` 0: any free one. Errors: std::runtime_error with the mend when the port cannot be had.
  ListeningSockets(std::size_t count, int port);
  ~ListeningSockets();
  ListeningSockets(const ListeningSockets&) = delete;
  ListeningSockets& operator=(const ListeningSockets&) = delete;
  int file(std::size_t index) const { return files_[index]; }
  int port() const noexcept { return port_; }

 private:
  std::vector<int> files_;
  int port_ = 0;
};

/// Threads: one, the owner's.
class Workers {
 public:
  /// Starts `count` workers and waits until all of them answer. Errors: std::runtime_error when one cannot start.
  Workers(std::size_t count, const WorkerSettings& settings, const ListeningSockets& sockets, Scoreboard& scoreboard);
  /// Ends them.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::size_t count() const noexcept { return processes_.size(); }
  /// Process id of a worker that is up; 0 while it is being replaced.
  pid_t pid(std::size_t index) const noexcept { return scoreboard_->worker(index); }
  /// How many were replaced after they died.
  std::uint64_t replaced() const noexcept { return replaced_.load(); }
  bool all_up() const noexcept;

 private:
  pid_t start(std::size_t index);
  void watch();
  void wait_until_up();

  WorkerSettings settings_;
  const ListeningSockets* sockets_;
  Scoreboard* scoreboard_;
  std::vector<pid_t> processes_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> replaced_{0};
  std::thread watcher_;
};

}  // namespace demo
