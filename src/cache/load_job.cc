#include "cache/load_job.h"

#include <freshet/error.h>

namespace freshet::cache {

// Travels with the task: an executor that drops it unrun (it is being shut down) must not leave a caller waiting.
class LoadJob::Ticket {
 public:
  explicit Ticket(std::shared_ptr<LoadJob> job) : job_(std::move(job)) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (!ran_) {
      std::unique_lock lock(job_->mutex_);
      job_->dropped_ = true;
      const bool taken = job_->taken_;
      lock.unlock();
      if (taken) job_->give_up();
    }
  }
  void run() {
    ran_ = true;
    job_->run();
  }

 private:
  std::shared_ptr<LoadJob> job_;
  bool ran_ = false;
};

bool LoadJob::submit() {
  auto ticket = std::make_shared<Ticket>(shared_from_this());
  if (!core_->executor()->submit([ticket = std::move(ticket)] { ticket->run(); })) return false;
  std::unique_lock lock(mutex_);
  taken_ = true;
  const bool dropped = dropped_;
  lock.unlock();
  if (dropped) give_up();
  return true;
}

void LoadJob::run() {
  run_load(*core_, scope_, *load, options_, tasks, true);
  const std::lock_guard lock(mutex_);
  done_ = true;
  changed_.notify_all();
}

void LoadJob::give_up() {
  for (LoadTask& task : tasks) {
    task.lease.release(LoadEnd::superseded);
    task.failure = std::make_exception_ptr(LoadFailed("the executor was shut down before the load could run"));
    task.reason = Reason::load_failed;
  }
  const std::lock_guard lock(mutex_);
  done_ = true;
  changed_.notify_all();
}

bool LoadJob::await(Duration timeout) {
  std::unique_lock lock(mutex_);
  // Beyond a year the sum with the clock could overflow.
  if (timeout > std::chrono::hours(24 * 365)) {
    changed_.wait(lock, [this] { return done_; });
    return true;
  }
  return changed_.wait_for(lock, timeout, [this] { return done_; });
}

}  // namespace freshet::cache
