// The default executor: a fixed number of threads, a bounded queue, started at the first task.
#include "platform/fork_generation.h"

#include <freshet/executor.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace freshet {
namespace {

// What the threads share. They hold it themselves, because the pool may be destroyed by one of its own tasks (a task
// that drops the last handle of a cache); that thread then outlives the pool by its last steps.
struct Crew {
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::function<void()>> queue;
  std::vector<std::thread> threads;
  std::size_t idle = 0;
  bool closing = false;
};

void serve(const std::shared_ptr<Crew>& crew) {
  std::unique_lock lock(crew->mutex);
  for (;;) {
    ++crew->idle;
    crew->work.wait(lock, [&] { return crew->closing || !crew->queue.empty(); });
    --crew->idle;
    if (crew->queue.empty()) return;
    std::function<void()> task = std::move(crew->queue.front());
    crew->queue.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what the task owns dies outside the lock
    lock.lock();
  }
}

class ThreadPool final : public Executor {
 public:
  ThreadPool(std::size_t threads, std::size_t queue) : max_threads_(threads == 0 ? 1 : threads), max_queue_(queue) {}

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  ~ThreadPool() override {
    if (crew_ == nullptr || generation_ != platform::fork_generation()) {
      abandon();
      return;
    }
    {
      const std::lock_guard lock(crew_->mutex);
      crew_->closing = true;
    }
    crew_->work.notify_all();
    for (std::thread& thread : crew_->threads) {
      if (thread.get_id() == std::this_thread::get_id()) {
        thread.detach();
      } else {
        thread.join();
      }
    }
  }

  bool submit(std::function<void()> task) override {
    const std::shared_ptr<Crew> crew = this->crew();
    const std::lock_guard lock(crew->mutex);
    if (crew->queue.size() >= max_queue_ + crew->idle) return false;
    if (crew->idle <= crew->queue.size() && crew->threads.size() < max_threads_) {
      try {
        crew->threads.emplace_back(serve, crew);
      } catch (const std::system_error&) {
        if (crew->threads.empty()) return false;  // nobody would ever run it
      }
    }
    crew->queue.push_back(std::move(task));
    crew->work.notify_one();
    return true;
  }

 private:
  std::shared_ptr<Crew> crew() {
    while (starting_.test_and_set(std::memory_order_acquire)) {
      // A child that was forked while another thread of its parent was in here finds the flag set for ever; the
      // generation tells.
      if (generation_ != platform::fork_generation()) break;
    }
    if (crew_ == nullptr || generation_ != platform::fork_generation()) {
      abandon();
      crew_ = std::make_shared<Crew>();
      generation_ = platform::fork_generation();
    }
    std::shared_ptr<Crew> crew = crew_;
    starting_.clear(std::memory_order_release);
    return crew;
  }

  // In a forked child: its parent's threads are not here to be joined, its mutex may be held for ever, and its tasks
  // are the parent's to run. They are left in place, once per fork.
  void abandon() {
    if (crew_ != nullptr) new std::shared_ptr<Crew>(std::move(crew_));
    crew_ = nullptr;
  }

  const std::size_t max_threads_;
  const std::size_t max_queue_;
  std::atomic_flag starting_;
  std::atomic<std::uint32_t> generation_{platform::fork_generation()};
  std::shared_ptr<Crew> crew_;
};

}  // namespace

std::shared_ptr<Executor> thread_pool(std::size_t threads, std::size_t queue) {
  return std::make_shared<ThreadPool>(threads, queue);
}

}  // namespace freshet
