#include "proxy/event_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace freshet::proxy {
namespace {
thread_local EventLoop* running_here = nullptr;
}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Socket::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Timer::set(std::chrono::nanoseconds from_now) {
  due_ = loop_->tick() + std::chrono::duration_cast<Tick::duration>(from_now);
  if (queued_at_ <= due_) return;
  forget();
  queued_at_ = due_;
  loop_->timers_.emplace(queued_at_, this);
}

void Timer::forget() noexcept {
  if (queued_at_ == Tick::max()) return;
  loop_->timers_.erase({queued_at_, this});
  queued_at_ = Tick::max();
}

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wakeup_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!epoll_ || !wakeup_) throw std::system_error(errno, std::generic_category(), "epoll and eventfd");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, wakeup_.fd(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  read_clocks();
}

EventLoop::~EventLoop() {
  // What these own takes leave of the loop, which therefore must still be whole.
  own_tasks_.clear();
  tasks_.clear();
  while (!doomed_.empty()) std::exchange(doomed_, {}).clear();
}

void EventLoop::read_clocks() noexcept {
  now_ = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  tick_ = std::chrono::steady_clock::now();
}

void EventLoop::wake() noexcept {
  const std::uint64_t one = 1;
  // Full means that it is awake already.
  [[maybe_unused]] const auto written = ::write(wakeup_.fd(), &one, sizeof one);
}

void EventLoop::stop() {
  stopping_.store(true);
  wake();
}

void EventLoop::post(std::function<void()> task) {
  if (running_here == this) {
    own_tasks_.push_back(std::move(task));
    return;
  }
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    tasks_.push_back(std::move(task));
    first = !std::exchange(woken_, true);
  }
  if (first) wake();
}

bool EventLoop::add(int fd, Watcher& watcher) noexcept {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watcher;
  return ::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::remove(int fd, Watcher& watcher) noexcept {
  ::epoll_ctl(epoll_.fd(), EPOLL_CTL_DEL, fd, nullptr);
  removed_.push_back(&watcher);
}

int EventLoop::timeout_ms() const noexcept {
  if (!own_tasks_.empty()) return 0;
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - tick_).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

// One round of them: what they post in turn waits for the next, after the sockets have had theirs.
void EventLoop::run_own() {
  std::vector<std::function<void()>> tasks;
  tasks.swap(own_tasks_);
  for (const std::function<void()>& task : tasks) task();
}

void EventLoop::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    const std::scoped_lock lock(mutex_);
    tasks.swap(tasks_);
    woken_ = false;
  }
  for (const std::function<void()>& task : tasks) task();
}

void EventLoop::run_timers() {
  while (!timers_.empty() && timers_.begin()->first <= tick_) {
    Timer* const timer = timers_.begin()->second;
    timers_.erase(timers_.begin());
    timer->queued_at_ = Tick::max();
    if (timer->due_ == Tick::max()) continue;
    if (timer->due_ > tick_) {
      timer->queued_at_ = timer->due_;
      timers_.emplace(timer->queued_at_, timer);
      continue;
    }
    timer->due_ = Tick::max();
    // A copy: the call may end the timer.
    const std::function<void()> call = timer->call_;
    call();
  }
}

void EventLoop::run() {
  running_here = this;
  std::array<epoll_event, 256> events{};
  while (!stopping_.load()) {
    const int count = ::epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), timeout_ms());
    read_clocks();
    removed_.clear();
    bool woken = false;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr) {
        std::uint64_t ignored = 0;
        woken = ::read(wakeup_.fd(), &ignored, sizeof ignored) > 0;
        continue;
      }
      auto* const watcher = static_cast<Watcher*>(event.data.ptr);
      if (std::find(removed_.begin(), removed_.end(), watcher) != removed_.end()) continue;
      watcher->on_events({(event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
                          (event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0,
                          (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0});
    }
    if (woken) run_posted();
    run_timers();
    run_own();
    doomed_.clear();
  }
  running_here = nullptr;
}

}  // namespace freshet::proxy
