// A load on the executor: what its caller and the executor's thread share.
#pragma once

#include "cache/core.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace freshet::cache {

/// Owns all that the load needs, so that it may outlive the call. Threads: submit() and await() by the caller, the run
/// by the executor. `tasks` and `load` belong to the run until await() returned true, and then to the caller.
class LoadJob : public std::enable_shared_from_this<LoadJob> {
 public:
  LoadJob(std::shared_ptr<Core> core, detail::Scope scope, std::shared_ptr<detail::Load> owned, Options options)
      : load(std::move(owned)), core_(std::move(core)), scope_(std::move(scope)), options_(std::move(options)) {}

  std::vector<LoadTask> tasks;
  const std::shared_ptr<detail::Load> load;

  /// False: the executor refused; nothing has run and nothing will.
  bool submit();
  /// False when `timeout` passed before the run ended.
  bool await(Duration timeout);

 private:
  class Ticket;

  void run();
  // The executor dropped the task unrun.
  void give_up();

  const std::shared_ptr<Core> core_;
  const detail::Scope scope_;
  const Options options_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool taken_ = false;    // the executor has it
  bool dropped_ = false;  // its task died unrun
  bool done_ = false;
};

}  // namespace freshet::cache
