// `freshet stats`: the counters of all processes, once, for people, for scripts and for Prometheus.
#include "exit_code.h"
#include "figures.h"
#include "json_writer.h"
#include "printable.h"
#include "reason_words.h"
#include "verbs.h"

#include <freshet/attach.h>
#include <freshet/metrics.h>

#include <fmt/format.h>

namespace freshet::tools {
namespace {

std::string text_of(const Stats& stats) {
  std::string out = printable(stats.url) + '\n';
  out += fmt::format("  entries      {} in {}, and an index of {}, of {} ({})\n", with_commas(stats.entries),
                     size_text(stats.bytes_used), size_text(stats.bytes_index), size_text(stats.bytes_capacity),
                     percent(stats.bytes_used + stats.bytes_index, stats.bytes_capacity));
  out += fmt::format("  segment      {}; {} processes, this one included\n", size_text(stats.size_bytes),
                     with_commas(stats.processes));
  out += fmt::format("  lookups      {}, hits {}\n", with_commas(lookups(stats)), percent(hits(stats), lookups(stats)));
  out += fmt::format("  loads        {} under way", stats.loads_under_way);
  if (const auto median = quantile(stats.load_time, 0.5)) {
    out += fmt::format("; {} timed, p50 {}, p99 {}", with_commas(total(stats.load_time)), span_text(*median),
                       span_text(*quantile(stats.load_time, 0.99)));
  }
  out += '\n';
  for (const KindTitle& group : kKindTitles) {
    const std::uint64_t sum = sum_of(stats, group.kind);
    if (sum == 0) continue;
    out += fmt::format("\n  {:<22} {:>18}\n", group.title, with_commas(sum));
    for (std::size_t i = 0; i < kReasonCount; ++i) {
      const auto reason = static_cast<Reason>(i);
      if (kind(reason) != group.kind || stats.count[i] == 0) continue;
      out += fmt::format("    {:<20} {:>18}  {}\n", name(reason), with_commas(stats.count[i]), meaning(reason));
    }
  }
  return out;
}

std::string json_of(const Stats& stats) {
  JsonWriter json;
  json.begin_object();
  json.key("url").string(printable(stats.url));
  json.key("entries").number(stats.entries);
  json.key("bytes_used").number(stats.bytes_used);
  json.key("bytes_index").number(stats.bytes_index);
  json.key("bytes_capacity").number(stats.bytes_capacity);
  json.key("size_bytes").number(stats.size_bytes);
  json.key("processes").number(stats.processes);
  json.key("loads_under_way").number(stats.loads_under_way);
  json.key("lookups").number(lookups(stats));
  json.key("hits").number(hits(stats));
  json.key("count").begin_object();
  for (std::size_t i = 0; i < kReasonCount; ++i) json.key(name(static_cast<Reason>(i))).number(stats.count[i]);
  json.end_object();
  json.key("load_time").begin_object();
  json.key("count").number(total(stats.load_time));
  json.key("sum_us").number(stats.load_time_sum_us);
  for (const auto& [word, q] : {std::pair("p50_us", 0.5), std::pair("p99_us", 0.99)}) {
    json.key(word);
    const auto span = quantile(stats.load_time, q);
    span ? json.number(span->count()) : json.null();
  }
  json.key("buckets").begin_array();
  for (const std::uint64_t bucket : stats.load_time) json.number(bucket);
  json.end_array();
  json.end_object();
  json.end_object();
  return json.take();
}

ExitCode run_stats(const Arguments& arguments) {
  const bool json = arguments.has("--json");
  const bool prometheus = arguments.has("--prometheus");
  if (json && prometheus) throw UsageError("--json and --prometheus exclude each other");
  const Stats stats = attach(arguments.operand(0))->stats();
  print(json ? json_of(stats) : prometheus ? prometheus_text(stats) : text_of(stats));
  return ExitCode::ok;
}

constexpr Operand kOperands[] = {kUrlOperand};
constexpr Flag kFlags[] = {
    {"--json", "", "as JSON: every counter by its reason, the histogram of load times in powers of two from 1 us"},
    {"--prometheus", "", "as Prometheus' text format, version 0.0.4"}};
constexpr std::string_view kExamples[] = {
    "freshet stats shared:shop", "freshet stats shared:shop --json | jq .count.miss_evicted",
    "freshet stats 'shared:shop?mode=0660&group=www' --prometheus > /run/node/freshet.prom"};

}  // namespace

const Verb kStatsVerb = {
    "stats",
    "shows the counters of all processes since the segment was created",
    "URL [--json | --prometheus]",
    "Counters that are zero are left out, except from --json and --prometheus. Takes no lock of the cache.",
    kOperands,
    kFlags,
    kExamples,
    run_stats};

}  // namespace freshet::tools
