#include "set/latency.h"

#include "load/keys.h"
#include "measure/stopwatch.h"
#include "report/text_table.h"

#include <freshet/freshet.h>

#include <cstdio>
#include <optional>
#include <span>
#include <sys/mman.h>

namespace bench {
namespace {

// A segment that is full with about so many entries: a record has a header of 48 bytes and is padded to eight; the
// tables take about a twelfth.
std::string size_for(const LatencySettings& s) {
  const std::uint64_t record = (s.value_bytes + kKeyBytes + 48 + 7) / 8 * 8;
  return std::to_string(s.entries * record / 11 * 12 / 1024 + 1024) + "KiB";
}

class Segment {
 public:
  Segment(const LatencySettings& settings, bool touched) : settings_(settings) {
    touched_ = touched && mlockall(MCL_FUTURE) == 0;
    cache_.emplace(freshet::open("memory:?size=" + size_for(settings)));
    if (touched_) munlockall();
  }

  bool touched() const { return touched_; }
  freshet::Stats stats() const { return cache_->stats(); }

  void set_one(std::uint64_t number) {
    freshet::PutRequest put;
    const std::string key = key_of(number);
    put.key = key;
    put.value = std::as_bytes(std::span(value_));
    put.meta.stored_at = now_;
    put.meta.fresh_until = put.meta.keep_until = freshet::kNever;
    refused_ += cache_->store()->put(put) == freshet::Reason::stored ? 0U : 1U;
  }

  /// New keys until room has to be made, and for a twentieth longer.
  void fill_up() {
    while (evicted() == 0) set_some(10'000);
    set_some(settings_.entries / 20);
  }

  void time_sets(std::vector<std::uint32_t>& times) {
    // Keys are made outside of what is measured.
    std::vector<std::string> keys;
    for (std::uint64_t i = 0; i < settings_.sets; ++i) keys.push_back(key_of(next_++));
    freshet::Store& store = *cache_->store();
    freshet::PutRequest put;
    put.value = std::as_bytes(std::span(value_));
    put.meta.stored_at = now_;
    put.meta.fresh_until = put.meta.keep_until = freshet::kNever;
    time_each(keys.size(), times, [&](std::size_t i) {
      put.key = keys[i];
      refused_ += store.put(put) == freshet::Reason::stored ? 0U : 1U;
    });
  }

  std::uint64_t refused() const { return refused_; }

 private:
  void set_some(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) set_one(next_++);
  }
  std::uint64_t evicted() const {
    const freshet::Stats s = stats();
    return s[freshet::Reason::evicted_unused] + s[freshet::Reason::evicted_index_full];
  }

  const LatencySettings& settings_;
  std::string value_ = std::string(settings_.value_bytes, 'v');
  freshet::Instant now_ = freshet::system_clock()->now();
  std::optional<freshet::Cache> cache_;
  std::uint64_t next_ = 0;
  std::uint64_t refused_ = 0;
  bool touched_ = false;
};

struct Kind {
  const char* name;
  std::vector<std::uint32_t> times;  // of all rounds
  std::vector<double> median, p999;  // of each
  std::int64_t preemptions = 0;

  void time(Segment& segment, double overhead) {
    std::vector<std::uint32_t> mine;
    const std::int64_t before = preemptions_of_this_thread();
    segment.time_sets(mine);
    preemptions += preemptions_of_this_thread() - before;
    times.insert(times.end(), mine.begin(), mine.end());
    const Quantiles q = Quantiles::of(mine, overhead);
    median.push_back(q.median);
    p999.push_back(q.p999);
  }
};

}  // namespace

void run_set_latency(const LatencySettings& settings, Outcome& outcome) {
  const double overhead = clock_overhead_ns();
  Outcome::progress("filling a segment with " + grouped(settings.entries) + " entries");
  Segment full(settings, true);
  full.fill_up();

  Kind in_full{"full", {}, {}, {}};
  Kind in_empty{"empty", {}, {}, {}};
  Kind in_untouched{"empty, memory untouched", {}, {}, {}};
  std::uint64_t refused = 0;
  bool touched = true;
  for (std::uint64_t round = 0; round < settings.rounds; ++round) {
    Outcome::progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings.rounds));
    in_full.time(full, overhead);
    for (Kind* kind : {&in_empty, &in_untouched}) {
      Segment empty(settings, kind == &in_empty);
      touched = touched && (kind != &in_empty || empty.touched());
      kind->time(empty, overhead);
      refused += empty.refused();
    }
  }
  const std::uint64_t held = full.stats().entries;
  const double p999_ratio = Spread::of(ratios(in_full.p999, in_empty.p999)).median;
  const double median_ratio = Spread::of(ratios(in_full.median, in_empty.median)).median;

  TextTable table({"one set into a segment that is", "median ns", "p99", "p99.9", "most", "calls", "preempted"});
  for (Kind* kind : {&in_empty, &in_untouched, &in_full}) {
    const Quantiles q = Quantiles::of(kind->times, overhead);
    table.add({kind->name, fixed(q.median, 0), fixed(q.p99, 0), fixed(q.p999, 0), fixed(q.most, 0), grouped(q.calls),
               std::to_string(kind->preemptions)});
    Json row = {{"segment", kind->name}};
    row.update(json_of(q));
    row["preemptions"] = kind->preemptions;
    outcome.add("set_latency", row);
  }
  if (!outcome.as_json()) {
    std::printf("\n");
    table.print();
    std::printf(
        "%s entries held when full, values of %llu B; reading the clock (%.0f ns) is subtracted;\n"
        "full / empty, median of the rounds: median %.2f, p99.9 %.2f\n",
        grouped(held).c_str(), static_cast<unsigned long long>(settings.value_bytes), overhead, median_ratio,
        p999_ratio);
    if (!touched) {
      std::printf(
          "the memory of the empty segment could not be touched before (mlockall: raise the limit of locked "
          "memory)\n");
    }
  }
  outcome.add("set_latency", {{"segment", "full / empty"},
                              {"median", median_ratio},
                              {"p999", p999_ratio},
                              {"entries_held", held},
                              {"clock_ns", overhead},
                              {"touched_before", touched}});
  outcome.bar("p99.9 of a set into a full segment, times that into an empty one", p999_ratio, 3, true);
  outcome.check("no set was refused", refused + full.refused() == 0);
}

}  // namespace bench
