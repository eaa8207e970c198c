#include "measure/crew.h"

#include "measure/stopwatch.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

constexpr int kMostWorkers = 16;

// In memory that the children share.
struct Crew::Board {
  std::atomic<std::uint32_t> arrived{0};
  Report reports[kMostWorkers];
};

struct Crew::Line final : StartLine {
  Line(Board& board, int size) : board_(board), size_(static_cast<std::uint32_t>(size)) {}
  void wait() override {
    board_.arrived.fetch_add(1);
    // Spinning: a worker that has to be woken starts later than the others. The wait is as long as a warm-up differs.
    while (board_.arrived.load() < size_) sched_yield();
  }
  Board& board_;
  std::uint32_t size_;
};

Crew::Crew(Kind kind, int size, Work work) : kind_(kind), size_(size), work_(std::move(work)) {
  if (size > kMostWorkers) throw std::runtime_error("a crew has at most 16 workers");
  void* at = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::runtime_error("cannot map memory for a crew");
  board_ = new (at) Board;
  workers_.resize(static_cast<std::size_t>(size));
  const int self = getpid();
  for (int w = 0; w < size; ++w) {
    Worker& worker = workers_[static_cast<std::size_t>(w)];
    int orders[2];
    int done[2];
    if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(done, O_CLOEXEC) != 0) throw std::runtime_error("cannot open a pipe");
    worker.orders = orders[1];
    worker.done = done[0];
    if (kind == Kind::threads) {
      worker.thread = std::thread([this, w, in = orders[0], out = done[1]] { serve(w, in, out); });
      continue;
    }
    worker.pid = fork();
    if (worker.pid < 0) throw std::runtime_error("cannot fork");
    if (worker.pid == 0) {
      // Nobody outlives the benchmark, however it ends.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != self) _exit(1);
      for (const Worker& other : workers_) {
        if (other.orders >= 0) close(other.orders);
        if (other.done >= 0) close(other.done);
      }
      serve(w, orders[0], done[1]);
      _exit(0);
    }
    close(orders[0]);
    close(done[1]);
  }
}

Crew::~Crew() {
  for (Worker& worker : workers_) {
    close(worker.orders);  // serve() reads the end
    if (worker.thread.joinable()) worker.thread.join();
    if (worker.pid > 0) waitpid(worker.pid, nullptr, 0);
    close(worker.done);
  }
  munmap(board_, sizeof(Board));
}

void Crew::serve(int worker, int orders, int done) {
  Order order;
  while (read(orders, &order, sizeof order) == static_cast<ssize_t>(sizeof order)) {
    char how = 'k';
    try {
      Line line(*board_, size_);
      board_->reports[worker] = work_(order, worker, line);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "worker %d: %s\n", worker, error.what());
      how = 'f';
      board_->arrived.fetch_add(static_cast<std::uint32_t>(size_));  // the others must not wait for it
    }
    if (write(done, &how, 1) != 1) break;
  }
  close(orders);
  close(done);
}

std::vector<Report> Crew::carry_out(const Order& order) {
  board_->arrived.store(0);
  for (const Worker& worker : workers_) {
    if (write(worker.orders, &order, sizeof order) != static_cast<ssize_t>(sizeof order)) {
      throw std::runtime_error("a worker takes no orders");
    }
  }
  bool well = true;
  for (const Worker& worker : workers_) {
    char how = 'f';
    if (read(worker.done, &how, 1) != 1) throw std::runtime_error("a worker has died");
    well = well && how == 'k';
  }
  if (!well) throw std::runtime_error("a worker failed; what it said stands above");
  return {board_->reports, board_->reports + size_};
}

double ns_per_call(const std::vector<Report>& reports) {
  std::int64_t began = reports.front().began_ns;
  std::int64_t ended = reports.front().ended_ns;
  std::uint64_t calls = 0;
  for (const Report& r : reports) {
    began = std::min(began, r.began_ns);
    ended = std::max(ended, r.ended_ns);
    calls += r.calls;
  }
  return static_cast<double>(ended - began) / static_cast<double>(calls);
}

double processor_ns_per_call(const std::vector<Report>& reports) {
  const Report all = sum(reports);
  return static_cast<double>(all.processor_ns) / static_cast<double>(all.calls);
}

void measure(Report& report, const std::function<void()>& call) {
  const std::int64_t preempted = preemptions_of_this_thread();
  const std::int64_t spent = processor_ns_of_this_thread();
  report.began_ns = monotonic_ns();
  call();
  report.ended_ns = monotonic_ns();
  report.processor_ns = processor_ns_of_this_thread() - spent;
  report.preemptions = preemptions_of_this_thread() - preempted;
}

Report sum(const std::vector<Report>& reports) {
  Report all;
  for (const Report& r : reports) {
    all.calls += r.calls;
    all.found += r.found;
    all.wrong += r.wrong;
    all.processor_ns += r.processor_ns;
    all.preemptions += r.preemptions;
  }
  return all;
}

}  // namespace bench
