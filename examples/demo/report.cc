#include "report.h"

#include <algorithm>
#include <fmt/format.h>

namespace demo {
namespace {

constexpr const char* kHead = "{:<34}{:>11}{:>10}{:>10}{:>10}{:>10}{:>8}{:>12}\n";
constexpr const char* kRow = "{:<34}{:>11.0f}{:>10.2f}{:>10.2f}{:>10}{:>10}{:>7.1f}%{:>12}\n";

std::string loads(const LoadRow& row) { return fmt::format("{:.2f} / {}", row.mean_loads, row.most_loads); }

}  // namespace

bool Report::passed() const {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.passed; });
}

std::string row_line(const LoadRow& row) {
  return fmt::format("   {}: {} requests in {:.1f} s = {:.0f}/s, p50 {:.2f} ms, p99 {:.2f} ms, {} database queries\n",
                     row.name, row.result.requests, row.result.seconds, row.result.per_second(), row.result.p50_ms,
                     row.result.p99_ms, row.queries);
}

std::string finding_text(const Finding& finding) {
  return fmt::format("   expected: {}\n   seen:     {}\n   {}\n", finding.expected, finding.seen,
                     finding.passed ? "as expected" : "NOT AS EXPECTED");
}

std::string table(const Report& report) {
  std::string out =
      fmt::format("\n{} packages, {} workers, {} clients\n\n", report.packages, report.workers, report.clients);
  out += fmt::format(kHead, "", "requests/s", "p50 ms", "p99 ms", "requests", "queries", "hits", "loads/key");
  out += fmt::format(kHead, "", "", "", "", "", "", "", "mean / max");
  for (const LoadRow& row : report.rows) {
    out += fmt::format(kRow, row.name, row.result.per_second(), row.result.p50_ms, row.result.p99_ms,
                       row.result.requests, row.queries, 100 * row.hit_ratio, loads(row));
  }
  out += '\n';
  for (const Finding& finding : report.findings) {
    out += fmt::format("{:<34}{:<6}{}\n", finding.title, finding.passed ? "ok" : "FAIL", finding.seen);
  }
  return out;
}

std::string json(const Report& report) {
  using Json = nlohmann::ordered_json;
  Json rows = Json::array();
  for (const LoadRow& row : report.rows) {
    rows.push_back({{"name", row.name},
                    {"requests", row.result.requests},
                    {"seconds", row.result.seconds},
                    {"requests_per_second", row.result.per_second()},
                    {"p50_ms", row.result.p50_ms},
                    {"p99_ms", row.result.p99_ms},
                    {"max_ms", row.result.max_ms},
                    {"unanswered", row.result.unanswered},
                    {"server_errors", row.result.server_errors},
                    {"database_queries", row.queries},
                    {"hit_ratio", row.hit_ratio},
                    {"keys_loaded", row.keys},
                    {"mean_loads_per_key", row.mean_loads},
                    {"most_loads_of_one_key", row.most_loads}});
  }
  Json findings = Json::object();
  for (const Finding& finding : report.findings) {
    Json one = {{"passed", finding.passed}, {"expected", finding.expected}, {"seen", finding.seen}};
    one.update(finding.figures);
    findings[finding.id] = std::move(one);
  }
  const Json all = {{"packages", report.packages}, {"workers", report.workers},       {"clients", report.clients},
                    {"loads", std::move(rows)},    {"findings", std::move(findings)}, {"passed", report.passed()}};
  return all.dump(2) + "\n";
}

}  // namespace demo
