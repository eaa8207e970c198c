#include "top_frame.h"

#include "figures.h"
#include "printable.h"
#include "reason_words.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace freshet::tools {
namespace {

// What happened between two samples.
class Interval {
 public:
  Interval(const Sample* before, const Sample& now)
      : known_(before != nullptr && now.since_start > before->since_start) {
    if (before == nullptr || !known_) return;
    seconds_ = std::chrono::duration<double>(now.since_start - before->since_start).count();
    // Counters of several processes are summed without a lock: a sum may be seen behind an older one.
    const auto grown = [](std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; };
    for (std::size_t i = 0; i < kReasonCount; ++i) {
      change_.count[i] = grown(before->stats.count[i], now.stats.count[i]);
    }
    for (std::size_t i = 0; i < kHistogramBuckets; ++i) {
      change_.load_time[i] = grown(before->stats.load_time[i], now.stats.load_time[i]);
    }
  }

  const Stats& change() const { return change_; }
  std::string rate(std::uint64_t count) const {
    if (!known_) return "-";
    const double rate = static_cast<double>(count) / seconds_;
    return rate >= 100 ? with_commas(static_cast<std::uint64_t>(std::llround(rate))) : fmt::format("{:.1f}", rate);
  }

 private:
  bool known_;
  double seconds_ = 1;
  Stats change_;
};

struct Row {
  Reason reason;
  bool lately = false;
};

// What ever happened, in the order of the kinds; at most `room` of them.
std::vector<Row> reason_rows(const Stats& change, const Stats& stats, std::size_t room) {
  std::vector<Row> rows;
  for (const KindTitle& group : kKindTitles) {
    for (std::size_t i = 0; i < kReasonCount; ++i) {
      const auto reason = static_cast<Reason>(i);
      if (kind(reason) == group.kind && stats.count[i] != 0) rows.push_back({reason, change.count[i] != 0});
    }
  }
  for (std::size_t i = rows.size(); i-- > 0 && rows.size() > room;) {
    if (!rows[i].lately) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (rows.size() > room) rows.resize(room, {Reason::hit, false});
  return rows;
}

std::string_view title_of(ReasonKind of) {
  for (const KindTitle& group : kKindTitles) {
    if (group.kind == of) return group.title;
  }
  return {};
}

std::string load_times(const Histogram& histogram) {
  const auto median = quantile(histogram, 0.5);
  if (!median) return "p50 -  p99 -";
  return fmt::format("p50 {}  p99 {}", span_text(*median), span_text(*quantile(histogram, 0.99)));
}

}  // namespace

std::vector<std::string> top_frame(const Sample* before, const Sample& now, FrameSize size) {
  const Interval interval(before, now);
  const Stats& stats = now.stats;
  const Stats& change = interval.change();
  const auto of = [](const Stats& s, Reason reason) { return s.count[static_cast<std::size_t>(reason)]; };
  std::uint64_t stale = 0;
  for (std::size_t i = 0; i < kReasonCount; ++i) stale += is_stale(static_cast<Reason>(i)) ? change.count[i] : 0;
  std::vector<std::string> lines;
  lines.push_back(fmt::format("freshet top  {}  {}", printable(stats.url), instant_text(now.at)));
  lines.push_back(fmt::format("hit ratio   {} lately, {} in all; {} lookups/s, {} stale/s, {} coalesced/s",
                              percent(hits(change), lookups(change)), percent(hits(stats), lookups(stats)),
                              interval.rate(lookups(change)), interval.rate(stale),
                              interval.rate(of(change, Reason::hit_coalesced))));
  lines.push_back(fmt::format("load time   {} lately, {} in all; {} under way", load_times(change.load_time),
                              load_times(stats.load_time), stats.loads_under_way));
  lines.push_back(fmt::format("memory      {} of {} ({}), {} entries; {} processes, this one included",
                              size_text(stats.bytes_used + stats.bytes_index), size_text(stats.bytes_capacity),
                              percent(stats.bytes_used + stats.bytes_index, stats.bytes_capacity),
                              with_commas(stats.entries), stats.processes));
  lines.emplace_back();
  lines.push_back(fmt::format("{:<9} {:>12} {:>16}  {}", "", "per second", "in all", "reason"));
  const std::size_t room = size.rows - std::min(size.rows, lines.size());
  std::vector<Row> rows = reason_rows(change, stats, room);
  const std::size_t happened =
      static_cast<std::size_t>(std::count_if(stats.count.begin(), stats.count.end(), [](auto n) { return n != 0; }));
  // The line that says that some are missing takes the place of one.
  if (rows.size() < happened && room > 0) rows = reason_rows(change, stats, room - 1);
  std::string_view title_before;
  for (const Row& row : rows) {
    const std::string_view title = title_of(kind(row.reason));
    const auto i = static_cast<std::size_t>(row.reason);
    lines.push_back(fmt::format("{:<9} {:>12} {:>16}  {:<20} {}", title == title_before ? "" : title,
                                interval.rate(change.count[i]), with_commas(stats.count[i]), name(row.reason),
                                meaning(row.reason)));
    title_before = title;
  }
  if (rows.size() < happened) lines.push_back(fmt::format("... {} more; enlarge the window", happened - rows.size()));
  if (lines.size() > size.rows) lines.resize(size.rows);
  // All but the URL is ASCII; a URL's characters beyond it count as several columns each, and cut short is harmless.
  for (std::string& line : lines) {
    if (line.size() > size.columns) {
      line.resize(size.columns);
      while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0x80U) != 0) line.pop_back();
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
  }
  return lines;
}

}  // namespace freshet::tools
