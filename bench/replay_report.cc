#include "replay_report.h"

#include "memory_sizes.h"

#include <freshet/cache.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>

namespace freshet::bench {
namespace {

using tools::AccessTrace;

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double seconds_of(std::uint64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

void show(const std::string& row) {
  std::fwrite(row.data(), 1, row.size(), stdout);
  std::fflush(stdout);
}

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

std::optional<tools::TraceFormat> well_known_format(std::string_view path) {
  for (const WellKnownTrace& known : kWellKnownTraces) {
    if (file_name(path) == known.file) return known.format;
  }
  return std::nullopt;
}

const WellKnownTrace* well_known(const AccessTrace& trace) {
  for (const WellKnownTrace& known : kWellKnownTraces) {
    if (file_name(trace.name) == known.file && trace.accesses.size() == known.accesses &&
        trace.keys.size() == known.keys) {
      return &known;
    }
  }
  return nullptr;
}

std::uint64_t capacity_of(const AccessTrace& trace, unsigned percent) {
  return std::max<std::uint64_t>(trace.keys.size() * percent / 100, 20);
}

Report::Report(bool json, bool with_bar) : as_json_(json), with_bar_(with_bar) {
  if (!as_json_) return;
  json_.begin_object();
  json_.key("points").begin_array();
}

void Report::measure(const AccessTrace& trace, std::uint64_t entries) {
  if (trace.has_sizes()) {
    const std::uint64_t all = tools::footprint_bytes(trace, 0);
    const auto room = [](double bytes) { return std::max(static_cast<std::uint64_t>(bytes), tools::kMinSegmentBytes); };
    if (entries > 0) {
      measure_bytes(
          trace, room(static_cast<double>(all) / static_cast<double>(trace.keys.size()) * static_cast<double>(entries)),
          fmt::format("{} entries", entries));
    } else {
      measure_bytes(trace, room(static_cast<double>(all) * 0.01), "1 %");
      measure_bytes(trace, room(static_cast<double>(all) * 0.10), "10 %");
    }
    return;
  }
  const WellKnownTrace* known = well_known(trace);
  if (entries > 0) {
    measure_entries(trace, entries, nullptr);
  } else {
    measure_entries(trace, capacity_of(trace, 1), known != nullptr ? &known->at_1_percent : nullptr);
    measure_entries(trace, capacity_of(trace, 10), known != nullptr ? &known->at_10_percent : nullptr);
  }
}

void Report::begin(const AccessTrace& trace, std::string_view point) {
  json_.begin_object();
  json_.key("trace").string(file_name(trace.name));
  json_.key("format").string(tools::name(trace.format));
  json_.key("accesses").number(trace.accesses.size());
  json_.key("keys").number(trace.keys.size());
  json_.key("point").string(point);
}

void Report::measure_entries(const AccessTrace& trace, std::uint64_t entries, const Published* published) {
  const Stopwatch watch;
  const EqualReplay engine = replay_with_entries(trace, entries);
  const double hits = engine.figures.hit_ratio();
  const double lru = ratio(lru_of_entries(trace, entries).hits, trace.accesses.size());
  const double took = watch.seconds();
  const bool equal = engine.equal_terms(entries);
  equal_terms_ = equal_terms_ && equal;
  ++points_;
  sum_ += hits;
  lru_sum_ += lru;
  worst_difference_ = std::min(worst_difference_, hits - lru);
  if (as_json_) {
    begin(trace, fmt::format("{} entries", entries));
    json_.key("capacity_entries").number(entries);
    json_.key("held_entries").number(engine.entries_held);
    json_.key("full").boolean(engine.full);
    json_.key("equal_terms").boolean(equal);
    json_.key("segment_bytes").number(engine.calibration.segment_bytes);
    json_.key("value_bytes").number(engine.calibration.value_bytes);
    json_.key("hit_ratio").number(hits);
    json_.key("lru_hit_ratio").number(lru);
    json_.key("difference").number(hits - lru);
    json_.key("published");
    if (published == nullptr) {
      json_.null();
    } else {
      json_.begin_object();
      json_.key("lru").number(published->lru);
      json_.key("s3_fifo").number(published->s3_fifo);
      json_.key("arc").number(published->arc);
      json_.key("lirs").number(published->lirs);
      json_.key("belady").number(published->belady);
      json_.end_object();
    }
    json_.key("replays").number(engine.replays);
    json_.key("seconds").number(took);
    json_.end_object();
    return;
  }
  if (!headed_entries_) {
    headed_entries_ = true;
    show(fmt::format("{:<22}{:>9}{:>11}{:>9}{:>8}{:>9}  {:>8}{:>7}{:>7}{:>8}{:>9}{:>10}{:>8}\n", "trace", "capacity",
                     "held", "engine", "LRU", "differ", "S3-FIFO", "ARC", "LIRS", "Belady", "segment", "value",
                     "took"));
  }
  std::string row = fmt::format("{:<22}{:>9}{:>11.2f}{:>9.4f}{:>8.4f}{:>+9.4f}", file_name(trace.name), entries,
                                engine.entries_held, hits, lru, hits - lru);
  row += published == nullptr ? fmt::format("  {:>8}{:>7}{:>7}{:>8}", "-", "-", "-", "-")
                              : fmt::format("  {:>8.4f}{:>7.4f}{:>7.4f}{:>8.4f}", published->s3_fifo, published->arc,
                                            published->lirs, published->belady);
  row += fmt::format("{:>8}K{:>9}B{:>7.1f}s", engine.calibration.segment_bytes / 1024, engine.calibration.value_bytes,
                     took);
  if (!engine.full) row += "  never full: it has no more keys";
  if (!equal) row += "  NOT EQUAL TERMS: the entries held are off by more than 1 %";
  show(row + '\n');
}

void Report::measure_bytes(const AccessTrace& trace, std::uint64_t segment_bytes, std::string_view point) {
  const Stopwatch watch;
  tools::ReplayOptions options;
  options.cut = true;
  const auto run = [&](bool tell_costs) {
    const std::shared_ptr<Store> store = open("memory:?size=" + std::to_string(segment_bytes)).store();
    options.max_value_bytes = store->stats().size_bytes / 4;
    options.tell_costs = tell_costs;
    return tools::replay(trace, *store, options);
  };
  const tools::ReplayFigures engine = run(true);
  // The same, but for what the eviction knows.
  const tools::ReplayFigures untold = trace.has_costs ? run(false) : engine;
  // LRU has no tables: it gets what the engine has for entries.
  const LruFigures lru = lru_of_bytes(trace, engine.log_bytes, options.max_value_bytes);
  const double took = watch.seconds();
  const double held = engine.entries_held > 0 ? engine.entries_held : static_cast<double>(engine.entries_at_end);
  if (as_json_) {
    begin(trace, point);
    json_.key("segment_bytes").number(engine.size_bytes);
    json_.key("log_bytes").number(engine.log_bytes);
    json_.key("held_entries").number(held);
    json_.key("cut_accesses").number(engine.cut);
    json_.key("hit_ratio").number(engine.hit_ratio());
    json_.key("untold_hit_ratio").number(untold.hit_ratio());
    json_.key("lru_hit_ratio").number(ratio(lru.hits, engine.accesses));
    json_.key("byte_hit_ratio").number(engine.byte_hit_ratio());
    json_.key("untold_byte_hit_ratio").number(untold.byte_hit_ratio());
    json_.key("lru_byte_hit_ratio").number(ratio(lru.hit_bytes, engine.bytes));
    const auto seconds = [&](const char* key, std::uint64_t microseconds) {
      json_.key(key);
      trace.has_costs ? json_.number(seconds_of(microseconds)) : json_.null();
    };
    seconds("load_seconds", engine.load_us);
    seconds("saved_seconds", engine.saved_us);
    seconds("untold_saved_seconds", untold.saved_us);
    seconds("lru_saved_seconds", lru.saved_us);
    json_.key("seconds").number(took);
    json_.end_object();
    return;
  }
  if (!headed_bytes_) {
    headed_bytes_ = true;
    show(fmt::format("{:<22}{:>10}{:>11}  {:<18}{:>9}{:>9}{:>10}{:>10}{:>8}\n", "trace", "segment", "held", "", "hits",
                     "of bytes", "of time", "saved s", "took"));
  }
  const auto row = [&](const std::string& before, std::string_view who, std::uint64_t hits, std::uint64_t bytes,
                       std::uint64_t saved_us, const std::string& after) {
    std::string text = fmt::format("{:<43}  {:<18}{:>9.4f}{:>9.4f}", before, who, ratio(hits, engine.accesses),
                                   ratio(bytes, engine.bytes));
    text += trace.has_costs ? fmt::format("{:>10.4f}{:>10.1f}", ratio(saved_us, engine.load_us), seconds_of(saved_us))
                            : fmt::format("{:>10}{:>10}", "-", "-");
    show(text + after + '\n');
  };
  std::string after = fmt::format("{:>7.1f}s", took);
  if (engine.cut > 0) {
    after += fmt::format("  {} accesses to values cut to {} KiB", engine.cut, options.max_value_bytes / 1024);
  }
  row(fmt::format("{:<22}{:>9}K{:>11.1f}", file_name(trace.name), engine.size_bytes / 1024, held), "engine",
      engine.hits, engine.hit_bytes, engine.saved_us, after);
  if (trace.has_costs) row("", "costs not told", untold.hits, untold.hit_bytes, untold.saved_us, "");
  row("", "LRU", lru.hits, lru.hit_bytes, lru.saved_us, "");
}

bool Report::finish() {
  const double mean = points_ == 0 ? 0 : sum_ / points_;
  const double lru_mean = points_ == 0 ? 0 : lru_sum_ / points_;
  if (as_json_) {
    json_.end_array();
    json_.key("mean_hit_ratio");
    points_ == 0 ? json_.null() : json_.number(mean);
    json_.key("mean_lru_hit_ratio");
    points_ == 0 ? json_.null() : json_.number(lru_mean);
    json_.key("worst_difference");
    points_ == 0 ? json_.null() : json_.number(worst_difference_);
    json_.key("bar");
    with_bar_ ? json_.number(kBar) : json_.null();
    json_.key("most_below_lru");
    with_bar_ ? json_.number(kMostBelowLru) : json_.null();
    json_.end_object();
    show(json_.take());
  } else if (points_ > 0) {
    std::string row =
        fmt::format("{:<22}{:>9}{:>11}{:>9.4f}{:>8.4f}{:>+9.4f}", "mean", "", "", mean, lru_mean, mean - lru_mean);
    if (with_bar_) {
      row += fmt::format("\nthe bar: mean {:.4f} of {:.3f}: {}; at no point more than {:.2f} below LRU: {} ({:+.4f})",
                         mean, kBar, mean >= kBar ? "reached" : "NOT reached", kMostBelowLru,
                         worst_difference_ >= -kMostBelowLru ? "reached" : "NOT reached", worst_difference_);
    }
    show(row + '\n');
  }
  return equal_terms_;
}

}  // namespace freshet::bench
