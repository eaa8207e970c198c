#include "load_generator.h"

#include <algorithm>
#include <barrier>
#include <thread>

namespace demo {
namespace {

using Clock = std::chrono::steady_clock;

// What one client saw.
struct Tally {
  std::vector<std::uint32_t> latencies_us;
  std::uint64_t unanswered = 0;
  std::uint64_t server_errors = 0;
  std::map<std::string, std::uint64_t> by_cache;
};

double percentile_ms(std::vector<std::uint32_t>& latencies, double part) {
  if (latencies.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(latencies.size() - 1));
  std::nth_element(latencies.begin(), latencies.begin() + at, latencies.end());
  return latencies[static_cast<std::size_t>(at)] / 1000.0;
}

}  // namespace

LoadResult run_load(int port, const LoadPlan& plan, const std::atomic<bool>& stop) {
  std::vector<Tally> tallies(plan.clients);
  Clock::time_point began;
  // All are connected before the clock starts.
  std::barrier start(static_cast<std::ptrdiff_t>(plan.clients), [&]() noexcept { began = Clock::now(); });

  const auto be_client = [&](std::size_t client) {
    Tally& tally = tallies[client];
    HttpClient http(port);
    http.get("/nowhere");
    start.arrive_and_wait();
    const std::uint64_t limit = plan.requests.empty() ? UINT64_MAX : plan.requests[client];
    const auto until = began + plan.duration;
    for (std::uint64_t made = 0; made < limit && !stop.load(std::memory_order_relaxed); ++made) {
      const std::string path = plan.next(client);
      const pid_t asked_of = http.worker();
      const auto asked_at = Clock::now();
      if (asked_at >= until) break;
      const HttpResponse response = http.get(path);
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - asked_at);
      tally.latencies_us.push_back(static_cast<std::uint32_t>(took.count()));
      tally.unanswered += !response;
      tally.server_errors += response.status >= 500;
      if (response) ++tally.by_cache[response.cache];
      if (plan.seen) plan.seen(client, response, asked_of);
    }
  };
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < plan.clients; ++i) clients.emplace_back(be_client, i);
  for (std::thread& client : clients) client.join();

  LoadResult result;
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  std::vector<std::uint32_t> latencies;
  for (const Tally& tally : tallies) {
    latencies.insert(latencies.end(), tally.latencies_us.begin(), tally.latencies_us.end());
    result.requests_of.push_back(tally.latencies_us.size());
    result.unanswered += tally.unanswered;
    result.server_errors += tally.server_errors;
    for (const auto& [cache, count] : tally.by_cache) result.by_cache[cache] += count;
  }
  result.requests = latencies.size();
  result.p50_ms = percentile_ms(latencies, 0.50);
  result.p99_ms = percentile_ms(latencies, 0.99);
  result.max_ms = percentile_ms(latencies, 1.0);
  return result;
}

}  // namespace demo
