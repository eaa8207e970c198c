// The scenarios of plain load: without and with the cache.
#include "scenarios.h"

#include <fmt/format.h>
#include <string_view>

namespace demo {
namespace {

freshet::Reason reason_of(std::string_view word) {
  for (std::size_t i = 0; i < freshet::kReasonCount; ++i) {
    const auto reason = static_cast<freshet::Reason>(i);
    if (freshet::name(reason) == word) return reason;
  }
  return freshet::Reason::miss_absent;
}

// Calls visit(reason, answers) for each "what;reason" of each X-Cache header.
template <class Visit>
void each_lookup(const LoadResult& result, const Visit& visit) {
  for (const auto& [header, answers] : result.by_cache) {
    std::string_view rest = header;
    for (auto at = rest.find(';'); at != std::string_view::npos; at = rest.find(';')) {
      rest.remove_prefix(at + 1);
      visit(rest.substr(0, rest.find(',')), answers);
    }
  }
}

double hit_ratio(const LoadResult& result) {
  std::uint64_t hits = 0;
  std::uint64_t lookups = 0;
  each_lookup(result, [&](std::string_view word, std::uint64_t answers) {
    lookups += answers;
    if (kind(reason_of(word)) == freshet::ReasonKind::hit) hits += answers;
  });
  return lookups == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(lookups);
}

}  // namespace

std::uint64_t answers_with(const LoadResult& result, std::string_view wanted) {
  std::uint64_t count = 0;
  each_lookup(result, [&](std::string_view word, std::uint64_t answers) { count += word == wanted ? answers : 0; });
  return count;
}

LoadRow measure_load(const Stage& stage, const char* name, std::chrono::milliseconds span,
                     const std::vector<std::uint64_t>& requests) {
  stage.scoreboard.reset();
  std::vector<Visitor> visitors;
  for (std::size_t i = 0; i < stage.clients; ++i) visitors.emplace_back(stage.traffic, 1000 + i);
  LoadPlan plan;
  plan.clients = stage.clients;
  plan.next = [&](std::size_t client) { return visitors[client].next(); };
  plan.requests = requests;
  if (requests.empty()) plan.duration = span;

  LoadRow row;
  row.name = name;
  row.result = run_load(stage.port, plan, stage.stop);
  row.queries = stage.scoreboard.queries();
  row.hit_ratio = hit_ratio(row.result);
  const LoadsPerKey loads = stage.scoreboard.loads_per_key();
  row.keys = loads.keys;
  row.most_loads = loads.most;
  if (loads.keys > 0) row.mean_loads = static_cast<double>(loads.loads) / static_cast<double>(loads.keys);
  return row;
}

Finding judge_loads(const LoadRow& without, const LoadRow& cold, const freshet::Stats& stats) {
  using freshet::Reason;
  std::uint64_t evicted = 0;
  for (const Reason reason : {Reason::evicted_unused, Reason::evicted_cold, Reason::evicted_large,
                              Reason::evicted_index_full, Reason::refused_no_space, Reason::lease_table_full}) {
    evicted += stats[reason];
  }
  const std::uint64_t errors =
      without.result.unanswered + without.result.server_errors + cold.result.unanswered + cold.result.server_errors;
  Finding finding;
  finding.id = "one_load_per_key";
  finding.title = "Cold cache, same requests";
  finding.expected = "the same requests ask the database once for each key, and none of them fails";
  finding.seen = fmt::format(
      "{} queries for {} keys, at most {} for one key (without the cache: {} queries, at most {} "
      "for one key); {} failed requests",
      cold.queries, cold.keys, cold.most_loads, without.queries, without.most_loads, errors);
  if (evicted > 0) finding.seen += fmt::format("; {} entries had to make room", evicted);
  const bool once = cold.most_loads == 1 || (evicted > 0 && cold.queries < without.queries);
  finding.passed = once && errors == 0 && cold.result.requests == without.result.requests;
  finding.figures = {
      {"queries_without", without.queries},       {"queries_with", cold.queries}, {"keys", cold.keys},
      {"most_loads_of_one_key", cold.most_loads}, {"evicted", evicted},           {"failed_requests", errors}};
  return finding;
}

}  // namespace demo
