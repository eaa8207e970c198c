#include "tests/conformance/run_case.h"

#include <algorithm>

namespace freshet::conformance {
namespace {

bool is_among(std::uint16_t status, const std::vector<std::string>& statuses) {
  const std::string digits = std::to_string(status);
  return std::any_of(statuses.begin(), statuses.end(), [&](const std::string& wanted) {
    return digits.size() == wanted.size() &&
           std::equal(digits.begin(), digits.end(), wanted.begin(), [](char a, char b) { return b == 'x' || a == b; });
  });
}

std::string either(const std::vector<std::string>& statuses) {
  std::string out;
  for (const std::string& status : statuses) out += (out.empty() ? "" : " or ") + status;
  return out;
}

Request filled(const Sent& sent, const Surroundings& where) {
  Request out{sent.method, where.root + filled_in(sent.target, where), sent.fields, filled_in(sent.body, where)};
  for (auto& [name, value] : out.fields) value = filled_in(value, where);
  return out;
}

}  // namespace

std::vector<std::string> run_case(const Case& one, Subject& subject) {
  std::vector<std::string> complaints;
  const auto script = std::make_shared<Script>(one.path, subject.patience());
  subject.begin(script);
  const Instant start = subject.surroundings().now;
  for (const Step& step : one.steps) {
    if (step.is_wait()) {
      subject.wait(step.wait);
      continue;
    }
    Surroundings where = subject.surroundings();
    where.start = start;
    script->expect(step.origin, where);
    const Response response = subject.send(filled(step.sent, where));
    script->client_has_answer();
    subject.settle();
    script->finish();

    const std::string at = one.path + ":" + std::to_string(step.got.line) + ": ";
    if (!is_among(response.status, step.got.statuses)) {
      complaints.push_back(at + "expected status " + either(step.got.statuses) + ", got " +
                           (response.status == 0 ? "no answer" : std::to_string(response.status)));
    }
    for (std::string& what : unmet(step.got.expectations, {response.fields, response.body}, where, one.path)) {
      complaints.push_back(std::move(what));
    }
    if (response.status != 0 && response.complete == step.got.cut_short) {
      complaints.push_back(at + (step.got.cut_short ? "expected a body that is cut short, it was whole"
                                                    : "the body was cut short, or more than was announced"));
    }
    if (!step.got.verdict.empty() && !response.verdict.empty() && response.verdict != step.got.verdict) {
      complaints.push_back(at + "expected the verdict " + step.got.verdict + ", got " + response.verdict);
    }
    // After a step that went otherwise the next ones mean nothing.
    for (std::string& what : script->complaints()) complaints.push_back(std::move(what));
    if (!complaints.empty()) break;
  }
  return complaints;
}

}  // namespace freshet::conformance
