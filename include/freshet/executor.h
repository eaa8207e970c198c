// Where background loads run.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace freshet {

/// Runs tasks later, on threads of its own. Bounded: a full executor refuses instead of queueing without end.
/// Threads: submit() from any thread. Tasks do not throw.
class Executor {
 public:
  virtual ~Executor() = default;
  /// False when the task was not taken; it will then never run.
  virtual bool submit(std::function<void()> task) = 0;
};

/// A pool of `threads` threads with room for `queue` waiting tasks. Threads start at the first task, and anew in a
/// child after fork(). Its destructor finishes what was submitted.
std::shared_ptr<Executor> thread_pool(std::size_t threads = 4, std::size_t queue = 1024);

}  // namespace freshet
