#include "measure/stopwatch.h"

#include <algorithm>
#include <ctime>
#include <sys/resource.h>

namespace bench {

double clock_overhead_ns() {
  std::vector<std::uint32_t> times;
  times.reserve(100'000);
  time_each(100'000, times, [](std::size_t) {});
  std::nth_element(times.begin(), times.begin() + 50'000, times.end());
  return times[50'000];
}

std::int64_t processor_ns_of_this_thread() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::int64_t{spent.tv_sec} * 1'000'000'000 + spent.tv_nsec;
}

std::int64_t preemptions_of_this_thread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

}  // namespace bench
