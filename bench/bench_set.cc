// The cost of a set into an empty and into a full cache, and of invalidating a tag that few or very many entries carry:
// median and 99.9th percentile of single calls (I5: neither depends on how much is stored).
//
// Usage: bench_set [--size SIZE]   (default 256MiB)
#include <freshet/freshet.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Figures {
  double median_ns;
  double p999_ns;
};

Figures figures(std::vector<double>& times) {
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[times.size() - 1 - times.size() / 1000]};
}

template <class Call>
Figures timed(std::size_t calls, Call&& call) {
  std::vector<double> times;
  times.reserve(calls);
  for (std::size_t i = 0; i < calls; ++i) {
    const auto start = Clock::now();
    call(i);
    times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count());
  }
  return figures(times);
}

}  // namespace

int main(int argc, char** argv) {
  std::string size = "256MiB";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--size" || i + 1 == argc) {
      std::fprintf(stderr, "usage: bench_set [--size SIZE]\n");
      return 2;
    }
    size = argv[++i];
  }
  const freshet::Cache cache = freshet::open("memory:?size=" + size);
  freshet::Store& store = *cache.store();
  const auto now = freshet::system_clock()->now();
  const std::string value(100, 'v');
  const std::vector<std::string> tags = {"everything"};
  std::size_t next = 0;
  const auto set = [&](std::size_t) {
    const std::string key = "key:" + std::to_string(next++);
    freshet::PutRequest put;
    put.key = key;
    put.value = std::as_bytes(std::span(value));
    put.meta.stored_at = now;
    put.meta.fresh_until = put.meta.keep_until = freshet::kNever;
    put.tags = tags;
    store.put(put);
  };
  constexpr std::size_t kCalls = 100'000;
  const Figures empty = timed(kCalls, set);
  const Figures invalidate_few = timed(1000, [&](std::size_t) { store.invalidate_tag("few"); });
  while (store.stats()[freshet::Reason::evicted_unused] == 0) {
    for (int i = 0; i < 10'000; ++i) set(0);
  }
  const Figures full = timed(kCalls, set);
  const std::uint64_t entries = store.stats().entries;
  const Figures invalidate_all = timed(1000, [&](std::size_t) { store.invalidate_tag("everything"); });

  std::printf("set, empty   median %6.0f ns   p99.9 %7.0f ns\n", empty.median_ns, empty.p999_ns);
  std::printf("set, full    median %6.0f ns   p99.9 %7.0f ns   (%.2f and %.2f of empty; %llu entries)\n",
              full.median_ns, full.p999_ns, full.median_ns / empty.median_ns, full.p999_ns / empty.p999_ns,
              static_cast<unsigned long long>(entries));
  std::printf("invalidate a tag of none      median %6.0f ns   p99.9 %7.0f ns\n", invalidate_few.median_ns,
              invalidate_few.p999_ns);
  std::printf("invalidate a tag of all       median %6.0f ns   p99.9 %7.0f ns   (%.2f of the first)\n",
              invalidate_all.median_ns, invalidate_all.p999_ns, invalidate_all.median_ns / invalidate_few.median_ns);
  return 0;
}
