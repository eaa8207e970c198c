#include "trace_replay.h"

#include <algorithm>
#include <string>
#include <vector>

namespace freshet::tools {
namespace {

// How often the second half is looked at to see how many entries are there.
constexpr std::uint64_t kLooks = 4096;
constexpr std::uint64_t kHeaderBytes = 12;  // docs/guides/sharing-between-processes.md

// By their words: whatever the eviction calls its reasons, each begins so.
std::uint64_t evictions(const Stats& stats) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    if (name(static_cast<Reason>(i)).starts_with("evicted_")) sum += stats.count[i];
  }
  return sum;
}

// Saturating: a log may tell of sizes that no server has.
void add_to(std::uint64_t& sum, std::uint64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) sum = UINT64_MAX;
}

std::vector<std::byte> noise(std::uint64_t bytes) {
  std::vector<std::byte> out(bytes);
  std::uint64_t state = 88172645463325252U;  // xorshift64 (Marsaglia, 2003)
  for (std::byte& byte : out) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<std::byte>(state);
  }
  return out;
}

std::uint64_t largest_value(const AccessTrace& trace, const ReplayOptions& options) {
  std::uint64_t largest = options.value_bytes;
  if (trace.has_sizes()) {
    largest = 0;
    for (const Access& access : trace.accesses) largest = std::max(largest, access.value_bytes);
  }
  return std::min(largest, options.max_value_bytes);
}

// Counts entries now and then, and averages.
class Occupancy {
 public:
  Occupancy(Store& store, std::uint64_t accesses)
      : store_(store), from_(accesses / 2), every_(std::max<std::uint64_t>(1, (accesses - from_) / kLooks)) {}

  void look(std::uint64_t access) {
    if (access < from_ || access % every_ != 0) return;
    const Stats stats = store_.stats();
    if (evictions(stats) == 0) return;
    sum_ += stats.entries;
    ++looks_;
  }
  double mean() const { return looks_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(looks_); }

 private:
  Store& store_;
  std::uint64_t from_;
  std::uint64_t every_;
  std::uint64_t sum_ = 0;
  std::uint64_t looks_ = 0;
};

}  // namespace

std::uint64_t entry_bytes(std::uint64_t key_bytes, std::uint64_t value_bytes) {
  // Large values have two more parts: their size, and room for a second instant.
  const std::uint64_t parts = (key_bytes >= 255 || value_bytes >= 65535 ? 8U : 0U) + (value_bytes >= 1024 ? 4U : 0U);
  std::uint64_t sum = kHeaderBytes + parts + 3;
  add_to(sum, key_bytes);
  add_to(sum, value_bytes);
  return sum & ~std::uint64_t{3};
}

std::uint64_t footprint_bytes(const AccessTrace& trace, std::uint64_t value_bytes) {
  std::vector<std::uint64_t> largest(trace.keys.size(), trace.has_sizes() ? 0 : value_bytes);
  for (const Access& access : trace.accesses) {
    largest[access.key] = std::max(largest[access.key], access.value_bytes);
  }
  std::uint64_t sum = 0;
  for (std::size_t key = 0; key < largest.size(); ++key) add_to(sum, entry_bytes(trace.keys[key].size(), largest[key]));
  return sum;
}

ReplayFigures replay(const AccessTrace& trace, Store& store, const ReplayOptions& options) {
  ReplayFigures figures;
  const std::vector<std::byte> values = noise(largest_value(trace, options));
  std::string value;
  Occupancy occupancy(store, trace.accesses.size());
  for (const Access& access : trace.accesses) {
    const std::string& key = trace.keys[access.key];
    std::uint64_t bytes = trace.has_sizes() ? access.value_bytes : options.value_bytes;
    const bool too_large = bytes > options.max_value_bytes;
    if (too_large && options.cut) {
      bytes = options.max_value_bytes;
      ++figures.cut;
    }
    add_to(figures.bytes, bytes);
    figures.load_us += access.load_us;
    const Fetch fetch = store.get(key, access.at, value);
    if (fetch.found && access.at < fetch.meta.fresh_until) {
      ++figures.hits;
      figures.hit_bytes += bytes;
      figures.saved_us += access.load_us;
    } else {
      if (fetch.found || fetch.reason == Reason::miss_expired) ++figures.stale;
      if (too_large && !options.cut) {
        ++figures.refused;
      } else {
        PutRequest put;
        put.key = key;
        put.value = std::span(values).first(bytes);
        put.meta.stored_at = access.at;
        put.meta.fresh_until = put.meta.keep_until = add(access.at, options.ttl);
        if (options.tell_costs) put.meta.load_cost = Duration(access.load_us);
        if (store.put(put) != Reason::stored) ++figures.refused;
      }
    }
    occupancy.look(figures.accesses++);
    if (options.progress && figures.accesses % (1 << 16) == 0) options.progress(figures.accesses);
  }
  const Stats stats = store.stats();
  figures.entries_held = occupancy.mean();
  figures.entries_at_end = stats.entries;
  figures.log_bytes = stats.bytes_capacity;
  figures.size_bytes = stats.size_bytes;
  return figures;
}

}  // namespace freshet::tools
