// What the runner finds: a subject that does as a case says, and subjects that each do one thing otherwise.
#include "tests/conformance/placeholder.h"
#include "tests/conformance/run_case.h"

#include <gtest/gtest.h>

namespace freshet::conformance {
namespace {

// 2026-01-01 12:00:00 GMT.
const Instant kNoon =
    Instant(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch() + std::chrono::hours(12));

TEST(Placeholders, AreFilledIn) {
  const Surroundings where{kNoon - std::chrono::hours(1), kNoon, "/r1", "a.example:80"};
  struct Row {
    const char* text;
    const char* filled;
  };
  const Row rows[] = {
      {"plain", "plain"},
      {"{now}", "Thu, 01 Jan 2026 12:00:00 GMT"},
      {"a {now+90s} b {now-1d}", "a Thu, 01 Jan 2026 12:01:30 GMT b Wed, 31 Dec 2025 12:00:00 GMT"},
      {"{start}", "Thu, 01 Jan 2026 11:00:00 GMT"},
      {"{now as rfc850}", "Thursday, 01-Jan-26 12:00:00 GMT"},
      {"{now+1h as asctime}", "Thu Jan  1 13:00:00 2026"},
      {"{now as lower}", "thu, 01 jan 2026 12:00:00 gmt"},
      {"{now as local}", "Thu, 01 Jan 2026 12:00:00 EST"},
      {"http://{host}{root}/x", "http://a.example:80/r1/x"},
      {"{a*5}", "aaaaa"},
  };
  for (const Row& row : rows) EXPECT_EQ(filled_in(row.text, where), row.filled) << row.text;
  for (const char* wrong : {"{", "{}", "{then}", "{now+}", "{now+1w}", "{now as iso}", "{a*}", "{a*99999999}"}) {
    EXPECT_THROW((void)filled_in(wrong, where), CaseError) << wrong;
  }
}

constexpr const char* kCase =
    "A property.\n"
    "section: 9111 4\n"
    "kind: required\n"
    "profile: both\n"
    "client: GET /page\n"
    "  X-A: 1\n"
    "origin sees: GET /page\n"
    "  X-A: 1\n"
    "  no X-B\n"
    "origin answers: 200\n"
    "  ETag: \"a\"\n"
    "  body: hello\n"
    "client gets: 200\n"
    "  ETag: \"a\"\n"
    "  body: hello\n"
    "  verdict: miss_absent\n";

// Passes everything on, with one alteration.
class Altering : public Subject {
 public:
  void begin(const std::shared_ptr<Script>& script) override { script_ = script; }
  Surroundings surroundings() const override { return {kNoon, kNoon, "/root", "a.example"}; }
  void settle() override {}
  void wait(std::chrono::seconds) override {}
  std::chrono::milliseconds patience() const override { return std::chrono::milliseconds{0}; }
  Response send(const Request& request) override {
    Response out;
    for (int i = 0; i < times; ++i) {
      const Reply reply = script_->answer(method.empty() ? request.method : method, request.target,
                                          {fields.empty() ? request.fields : fields, request.body});
      out = {reply.status, reply.fields, reply.body, true, "miss_absent"};
    }
    if (change) change(out);
    return out;
  }

  int times = 1;
  std::string method;
  FieldLines fields;
  std::function<void(Response&)> change;

 private:
  std::shared_ptr<Script> script_;
};

TEST(RunCase, FindsNothingWrongWithWhatIsRight) {
  Altering subject;
  EXPECT_EQ(run_case(parse_case(kCase, "x.txt"), subject), std::vector<std::string>());
}

TEST(RunCase, TellsEachThingThatIsOtherwise) {
  struct Row {
    std::function<void(Altering&)> alter;
    const char* complaint;
  };
  const auto answer = [](std::function<void(Response&)> change) {
    return [change](Altering& subject) { subject.change = change; };
  };
  const Row rows[] = {
      {[](Altering& s) { s.times = 0; }, "x.txt:13: expected status 200, got no answer"},
      {[](Altering& s) { s.times = 2; }, "x.txt:13: expected status 200, got 599"},
      {[](Altering& s) { s.method = "HEAD"; },
       "x.txt:7: expected the origin to be asked 'GET /root/page', it was 'HEAD /root/page'"},
      {[](Altering& s) {
         s.fields = {{"X-A", "2"}};
       },
       "x.txt:8: expected 'X-A: 1', got 'X-A: 2'"},
      {[](Altering& s) {
         s.fields = {{"x-a", "1"}, {"X-B", "3"}};
       },
       "x.txt:9: expected no X-B, got 'X-B: 3'"},
      {answer([](Response& r) { r.status = 304; }), "x.txt:13: expected status 200, got 304"},
      {answer([](Response& r) { r.body = "hell"; }), "x.txt:15: expected the body 'hello', got the body 'hell'"},
      {answer([](Response& r) { r.fields.clear(); }), "x.txt:14: expected 'ETag: \"a\"', got no ETag"},
      {answer([](Response& r) { r.complete = false; }), "x.txt:13: the body was cut short, or more than was announced"},
      {answer([](Response& r) { r.verdict = "hit"; }), "x.txt:13: expected the verdict miss_absent, got hit"},
  };
  for (const Row& row : rows) {
    Altering subject;
    row.alter(subject);
    const std::vector<std::string> complaints = run_case(parse_case(kCase, "x.txt"), subject);
    ASSERT_FALSE(complaints.empty()) << row.complaint;
    EXPECT_EQ(complaints[0], row.complaint);
  }
}

TEST(RunCase, TellsOfARequestThatDoesNotComeAndOfOneTooMany) {
  Altering silent;
  silent.times = 0;
  const std::vector<std::string> missing = run_case(parse_case(kCase, "x.txt"), silent);
  EXPECT_EQ(missing.back(), "x.txt:7: the origin was not asked 'GET /page'");
  Altering twice;
  twice.times = 2;
  const std::vector<std::string> extra = run_case(parse_case(kCase, "x.txt"), twice);
  EXPECT_EQ(extra.back(), "x.txt:7: the origin was asked once more than expected: 'GET /root/page'");
}

TEST(RunCase, TellsOfAnAnswerThatWaitsForWhatShouldComeBehindIt) {
  const std::string behind =
      "A property.\nsection: 5861 3\nkind: optimal\nprofile: both\n"
      "client: GET /page\norigin is not asked\nclient gets: 200\nthen origin answers: 200\n";
  Altering subject;
  EXPECT_EQ(run_case(parse_case(behind, "x.txt"), subject).at(0),
            "x.txt:8: the client had to wait for what was to be asked behind its answer");
}

}  // namespace
}  // namespace freshet::conformance
