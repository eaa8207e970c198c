// The cost of a hit: keys drawn by zipf 0.99 from a full cache, values copied to the caller, beside the limit: a hash
// table of the same keys in this process's own memory, and a copy of the same bytes.
//
// Usage: bench_hit [--entries N] [--lookups N] [--rounds N] [--json]
#include <freshet/freshet.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

using freshet::Duration;
using Seconds = std::chrono::duration<double>;

struct Arguments {
  std::size_t entries = 1'000'000;
  std::size_t lookups = 4'000'000;
  int rounds = 5;
  bool json = false;
};

std::vector<std::uint32_t> zipf(std::size_t keys, std::size_t draws) {
  std::vector<double> cumulated(keys);
  double sum = 0;
  for (std::size_t i = 0; i < keys; ++i) cumulated[i] = sum += 1 / std::pow(static_cast<double>(i + 1), 0.99);
  std::mt19937 random(1);
  std::vector<std::uint32_t> place(keys);
  for (std::size_t i = 0; i < keys; ++i) place[i] = static_cast<std::uint32_t>(i);
  std::shuffle(place.begin(), place.end(), random);
  std::uniform_real_distribution<double> uniform(0, sum);
  std::vector<std::uint32_t> drawn(draws);
  for (auto& d : drawn) {
    const auto at = std::lower_bound(cumulated.begin(), cumulated.end(), uniform(random));
    d = place[std::min(keys - 1, static_cast<std::size_t>(at - cumulated.begin()))];
  }
  return drawn;
}

double seconds(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> figures) {
  std::sort(figures.begin(), figures.end());
  return figures[figures.size() / 2];
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--json") {
      arguments.json = true;
      continue;
    }
    const long number = i + 1 < argc ? std::strtol(argv[++i], nullptr, 10) : 0;
    if (number <= 0) {
      std::fprintf(stderr, "usage: bench_hit [--entries N] [--lookups N] [--rounds N] [--json]\n");
      std::exit(2);
    }
    if (flag == "--entries") arguments.entries = static_cast<std::size_t>(number);
    if (flag == "--lookups") arguments.lookups = static_cast<std::size_t>(number);
    if (flag == "--rounds") arguments.rounds = static_cast<int>(number);
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const auto drawn = zipf(arguments.entries, arguments.lookups);
  for (const std::size_t value_bytes : {std::size_t{100}, std::size_t{1024}}) {
    const std::size_t size = arguments.entries * (value_bytes + 200) / (1 << 20) + 64;
    const freshet::Cache cache = freshet::open("memory:?size=" + std::to_string(size) + "MiB");
    freshet::Store& store = *cache.store();
    std::unordered_map<std::string, std::string> table;
    table.reserve(arguments.entries);
    std::vector<std::string> keys;
    const std::string value(value_bytes, 'v');
    const auto now = freshet::system_clock()->now();
    for (std::size_t i = 0; i < arguments.entries; ++i) {
      const std::string number = std::to_string(i);
      keys.push_back("key:" + std::string(12 - std::min<std::size_t>(12, number.size()), '0') + number);
      freshet::PutRequest put;
      put.key = keys.back();
      put.value = std::as_bytes(std::span(value));
      put.meta.stored_at = now;
      put.meta.fresh_until = put.meta.keep_until = freshet::kNever;
      store.put(put);
      table.emplace(keys.back(), value);
    }
    std::uint64_t found = 0;
    std::uint64_t sum = 0;
    const auto hits = [&] {
      std::string out;
      std::uint64_t mine = 0;
      for (const std::uint32_t d : drawn) mine += store.get(keys[d], now, out).found ? 1U : 0U;
      __atomic_fetch_add(&found, mine, __ATOMIC_RELAXED);
    };
    std::vector<double> one;
    std::vector<double> limit;
    std::vector<double> two;
    std::vector<double> hot;
    for (int round = 0; round < arguments.rounds; ++round) {
      one.push_back(seconds(hits));
      limit.push_back(seconds([&] {
        char out[4096];
        for (const std::uint32_t d : drawn) {
          const auto at = table.find(keys[d]);
          std::memcpy(out, at->second.data(), value_bytes);
          sum += static_cast<unsigned char>(out[d % value_bytes]);
        }
      }));
      two.push_back(seconds([&] {
        std::thread a(hits);
        std::thread b(hits);
        a.join();
        b.join();
      }));
      const auto one_key = [&] {
        std::string out;
        for (std::size_t i = 0; i < drawn.size(); ++i) store.get(keys[7], now, out);
      };
      const double alone = seconds(one_key);
      hot.push_back(2 * alone / seconds([&] {
                      std::thread a(one_key);
                      std::thread b(one_key);
                      a.join();
                      b.join();
                    }));
    }
    const double lookups = static_cast<double>(drawn.size());
    const double hit_ratio = static_cast<double>(found) / (lookups * static_cast<double>(arguments.rounds) * 3);
    const double hit_ns = median(one) / lookups * 1e9;
    const double limit_ns = median(limit) / lookups * 1e9;
    std::printf(arguments.json
                    ? "{\"value_bytes\":%zu,\"hit_ns\":%.1f,\"limit_ns\":%.1f,\"of_limit\":%.3f,\"two_threads\":%.2f,"
                      "\"two_threads_one_key\":%.2f,\"hit_ratio\":%.4f}\n"
                    : "%5zu B: hit %6.1f ns, limit %6.1f ns, of the limit %.2f; two threads x%.2f, on one key x%.2f; "
                      "hit ratio %.4f\n",
                value_bytes, hit_ns, limit_ns, limit_ns / hit_ns, 2 * median(one) / median(two), median(hot),
                hit_ratio);
    if (sum == 0) return 1;
  }
  return 0;
}
