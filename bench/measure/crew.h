// Some threads or processes that do the same work at the same time, again and again, and report how long it took. They
// are started once and wait for orders: nobody measures a fork, or a first connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace bench {

/// What a crew shall do; the meaning of the numbers is the caller's.
struct Order {
  std::uint32_t contender = 0;
  std::uint32_t job = 0;
};

/// What one worker did between the start line and its end.
struct Report {
  std::int64_t began_ns = 0;
  std::int64_t ended_ns = 0;
  std::uint64_t calls = 0;
  std::uint64_t found = 0;
  std::uint64_t wrong = 0;  ///< calls that failed, or gave other bytes than they should
  std::int64_t processor_ns = 0;
  std::int64_t preemptions = 0;
};

/// Carries out `call` and notes in `report` what it took.
void measure(Report& report, const std::function<void()>& call);

/// Where the workers of one order wait for each other, so that all begin at once.
class StartLine {
 public:
  virtual ~StartLine() = default;
  virtual void wait() = 0;
};

/// Threads: one caller. Errors: throws std::runtime_error when a worker has died or thrown.
class Crew {
 public:
  enum class Kind : std::uint8_t { threads, processes };
  /// `worker` is 0 to size - 1. Must call start.wait() once, before the work that is measured.
  using Work = std::function<Report(const Order& order, int worker, StartLine& start)>;

  /// Processes are forked here: open nothing before that a child must not share.
  Crew(Kind kind, int size, Work work);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// One Report for each worker.
  std::vector<Report> carry_out(const Order& order);
  int size() const noexcept { return size_; }

 private:
  struct Board;
  struct Line;
  struct Worker {
    int orders = -1;  ///< pipes: the crew's end
    int done = -1;
    int pid = -1;
    std::thread thread;
  };
  void serve(int worker, int orders, int done);

  Kind kind_;
  int size_;
  Work work_;
  Board* board_ = nullptr;
  std::vector<Worker> workers_;
};

/// From the first start to the last end, over all calls: nanoseconds per call of the whole crew.
double ns_per_call(const std::vector<Report>& reports);
/// What the workers' own threads spent on one call; a server's work is not in it.
double processor_ns_per_call(const std::vector<Report>& reports);
Report sum(const std::vector<Report>& reports);

}  // namespace bench
