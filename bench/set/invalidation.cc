#include "set/invalidation.h"

#include "load/keys.h"
#include "load/zipf.h"
#include "measure/stopwatch.h"
#include "peers/freshet_caches.h"
#include "report/text_table.h"

#include <freshet/freshet.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <span>
#include <thread>

namespace bench {
namespace {

class Tagged {
 public:
  Tagged(std::uint64_t entries, std::size_t value_bytes)
      : cache_(freshet::open("memory:?size=" + ample_size(entries, value_bytes))), value_(value_bytes, 'v') {}

  freshet::Store& store() { return *cache_.store(); }
  freshet::Instant now() const { return now_; }

  bool set(std::string_view key, const std::vector<std::string>& tags) {
    freshet::PutRequest put;
    put.key = key;
    put.value = std::as_bytes(std::span(value_));
    put.meta.stored_at = now_;
    put.meta.fresh_until = put.meta.keep_until = freshet::kNever;
    put.tags = tags;
    return store().put(put) == freshet::Reason::stored;
  }

  /// Of every `step`-th key, how many give this reason.
  std::uint64_t count(std::uint64_t entries, std::uint64_t step, freshet::Reason reason) {
    std::string value;
    std::uint64_t n = 0;
    for (std::uint64_t i = 0; i < entries; i += step)
      n += store().get(key_of(i), now_, value).reason == reason ? 1U : 0U;
    return n;
  }

 private:
  freshet::Cache cache_;
  std::string value_;
  freshet::Instant now_ = freshet::system_clock()->now();
};

std::vector<std::string> tags_called(const std::string& name, std::size_t count) {
  std::vector<std::string> tags;
  for (std::size_t i = 0; i < count; ++i) tags.push_back(name + ":" + std::to_string(i));
  return tags;
}

}  // namespace

void run_invalidation(const InvalidationSettings& settings, Outcome& outcome) {
  Outcome::progress("filling a segment with " + grouped(settings.entries) + " entries of one tag");
  Tagged cache(settings.entries, settings.value_bytes);
  const std::vector<std::string> everything = {"everything"};
  std::uint64_t stored = 0;
  for (std::uint64_t i = 0; i < settings.entries; ++i) stored += cache.set(key_of(i), everything) ? 1U : 0U;
  const std::uint64_t step = std::max<std::uint64_t>(1, settings.entries / 10'000);
  const std::uint64_t sampled = (settings.entries + step - 1) / step;
  const std::uint64_t before = cache.count(settings.entries, step, freshet::Reason::hit);

  const double overhead = clock_overhead_ns();
  std::vector<std::uint32_t> sets, of_none, of_others, first, of_all;
  std::vector<std::string> keys;
  for (std::uint64_t i = 0; i < settings.calls; ++i) keys.push_back(key_of(settings.entries + i % 1000));
  const std::vector<std::string> another = {"another"};
  const std::vector<std::string> names = tags_called("nothing has any of these", settings.calls);
  for (std::uint64_t round = 0; round < settings.rounds; ++round) {
    time_each(settings.calls, sets, [&](std::size_t i) { cache.set(keys[i], another); });
    time_each(settings.calls, of_none, [&](std::size_t) { cache.store().invalidate_tag("nothing has this"); });
    // Names of tags as many as there are keys: a slot that has not been touched lately.
    time_each(settings.calls, of_others, [&](std::size_t i) { cache.store().invalidate_tag(names[i]); });
    if (round == 0) time_each(1, first, [&](std::size_t) { cache.store().invalidate_tag("everything"); });
    time_each(settings.calls, of_all, [&](std::size_t) { cache.store().invalidate_tag("everything"); });
  }
  const std::uint64_t after = cache.count(settings.entries, step, freshet::Reason::miss_invalidated);

  TextTable table({"one call", "median ns", "p99", "p99.9", "most", "calls"});
  Quantiles set_figures;
  double dearest = 0;  // median of an invalidation
  for (const auto& [name, times] : {std::pair{"set, with one tag", &sets},
                                    {"invalidate_tag, of no entry", &of_none},
                                    {"invalidate_tag, of no entry, always another", &of_others},
                                    {"invalidate_tag, of all, the first call", &first},
                                    {"invalidate_tag, of all, again", &of_all}}) {
    const Quantiles q = Quantiles::of(*times, overhead);
    if (times == &sets) {
      set_figures = q;
    } else if (times != &first) {
      dearest = std::max(dearest, q.median);
    }
    table.add({name, fixed(q.median, 0), fixed(q.p99, 0), fixed(q.p999, 0), fixed(q.most, 0), grouped(q.calls)});
    Json row = {{"call", name}};
    row.update(json_of(q));
    outcome.add("invalidation", row);
  }
  if (!outcome.as_json()) {
    std::printf("\n");
    table.print();
    std::printf(
        "%s entries carry the tag; of a sample of %s, %s were hits before the first call and %s are "
        "miss_invalidated after it\n",
        grouped(stored).c_str(), grouped(sampled).c_str(), grouped(before).c_str(), grouped(after).c_str());
  }
  outcome.bar("invalidate_tag on " + grouped(stored) + " entries, times one set", dearest / set_figures.median, 2,
              true);
  outcome.check("every entry was there before the invalidation", stored == settings.entries && before == sampled);
  outcome.check("no entry was served after it", after == sampled);
}

void run_readers_beside_invalidation(const InvalidationSettings& settings, Outcome& outcome) {
  Outcome::progress("filling a segment with " + grouped(settings.reader_entries) + " entries of 1000 tags");
  Tagged cache(settings.reader_entries, settings.value_bytes);
  const std::vector<std::string> shelves = tags_called("shelf", 1000);
  for (std::uint64_t i = 0; i < settings.reader_entries; ++i) cache.set(key_of(i), {shelves[i % shelves.size()]});
  const Lookups lookups(draw_zipf(settings.reader_entries, 0.99, settings.calls, 3));
  const std::vector<std::string> others = tags_called("carried by nobody", 100);
  const double overhead = clock_overhead_ns();

  struct State {
    const char* name;
    std::vector<std::uint32_t> times;
    std::vector<double> median, p999;
    std::uint64_t hits = 0;
    std::int64_t preemptions = 0;
  };
  State states[] = {{"alone", {}, {}, {}}, {"beside a busy thread", {}, {}, {}}, {"beside invalidations", {}, {}, {}}};
  std::atomic<std::uint64_t> invalidations{0};
  for (std::uint64_t round = 0; round < settings.rounds; ++round) {
    for (State& state : states) {
      std::atomic<bool> stop{false};
      std::thread beside;
      if (&state == &states[1]) {
        beside = std::thread([&] {
          std::atomic<std::uint64_t> own{0};  // as many locked additions, on memory of its own
          while (!stop.load(std::memory_order_relaxed)) own.fetch_add(1);
        });
      } else if (&state == &states[2]) {
        beside = std::thread([&] {
          for (std::size_t i = 0; !stop.load(std::memory_order_relaxed); i = (i + 1) % others.size()) {
            cache.store().invalidate_tag(others[i]);
            invalidations.fetch_add(1, std::memory_order_relaxed);
          }
        });
      }
      std::vector<std::uint32_t> mine;
      mine.reserve(lookups.size());
      std::string value;
      const std::int64_t preempted = preemptions_of_this_thread();
      time_each(lookups.size(), mine, [&](std::size_t i) {
        state.hits += cache.store().get(lookups.key(i), cache.now(), value).found ? 1U : 0U;
      });
      state.preemptions += preemptions_of_this_thread() - preempted;
      stop = true;
      if (beside.joinable()) beside.join();
      state.times.insert(state.times.end(), mine.begin(), mine.end());
      const Quantiles q = Quantiles::of(mine, overhead);
      state.median.push_back(q.median);
      state.p999.push_back(q.p999);
    }
  }

  TextTable table({"one get", "median ns", "p99", "p99.9", "most", "hits", "preempted"});
  for (State& state : states) {
    const double hits = static_cast<double>(state.hits) / static_cast<double>(state.times.size());
    const Quantiles q = Quantiles::of(state.times, overhead);
    table.add({state.name, fixed(q.median, 0), fixed(q.p99, 0), fixed(q.p999, 0), fixed(q.most, 0), fixed(hits, 4),
               std::to_string(state.preemptions)});
    Json row = {{"get", state.name}};
    row.update(json_of(q));
    row["hit_ratio"] = hits;
    row["preemptions"] = state.preemptions;
    outcome.add("readers", row);
  }
  const double median_ratio = Spread::of(ratios(states[2].median, states[1].median)).median;
  const double p999_ratio = Spread::of(ratios(states[2].p999, states[1].p999)).median;
  if (!outcome.as_json()) {
    std::printf("\n");
    table.print();
    std::printf(
        "%s invalidations meanwhile; beside them / beside a busy thread, median of the rounds: median %.2f, "
        "p99.9 %.2f\n",
        grouped(invalidations.load()).c_str(), median_ratio, p999_ratio);
  }
  outcome.bar("median get beside invalidations, times that beside a busy thread", median_ratio, 1.1, true);
  outcome.check("readers: hits but for tags that share a slot (at least 99 of 100)",
                states[2].hits * 100 >= states[2].times.size() * 99);
}

}  // namespace bench
