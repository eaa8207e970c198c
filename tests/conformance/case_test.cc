#include "tests/conformance/case.h"

#include <gtest/gtest.h>

namespace freshet::conformance {
namespace {

constexpr const char* kHead = "A property.\nsection: 9111 4.2\nkind: required\nprofile: both\n\n";
constexpr const char* kAsks = "client: GET /page\norigin is not asked\nclient gets: 200\n";

TEST(ParseCase, ReadsAWholeConversation) {
  const Case one = parse_case(
      "One sentence.\n"
      "# Why this matters.\n"
      "section: 9111 4.2.1\n"
      "kind: optimal\n"
      "profile: rfc\n"
      "runs: memory, time has to pass\n"
      "shows: 4-fresh, 4-age\n"
      "\n"
      "client: POST /page?a=b\n"
      "  X-A: 1\n"
      "  body: sent\n"
      "origin sees: POST /page?a=b\n"
      "  X-A: 1\n"
      "  no X-B\n"
      "origin answers: 200\n"
      "  interim: 103 Link: </x>\n"
      "  Cache-Control: max-age=60\n"
      "  chunked\n"
      "  trailer X-Late: 1\n"
      "  body: got it\n"
      "  closes after 3 bytes\n"
      "client gets: 200 or 5xx\n"
      "  cut short\n"
      "  some ETag\n"
      "  Age within 10 12\n"
      "  Connection lists close\n"
      "  Connection lacks X-A\n"
      "  body has it\n"
      "  verdict: hit\n"
      "then origin sees: GET /page\n"
      "  some If-None-Match\n"
      "then origin answers: 304\n"
      "\n"
      "wait 10s\n"
      "\n"
      "client: GET /page\n"
      "origin closes the connection\n"
      "client gets: 504\n",
      "x.txt");
  EXPECT_EQ(one.property, "One sentence.");
  EXPECT_EQ(one.section, "9111 4.2.1");
  EXPECT_EQ(one.kind, Kind::optimal);
  EXPECT_TRUE(one.is_in(Profile::rfc));
  EXPECT_FALSE(one.is_in(Profile::safe));
  EXPECT_EQ(one.place, Place::memory);
  EXPECT_EQ(one.place_reason, "time has to pass");
  EXPECT_EQ(one.shows, (std::vector<std::string>{"4-fresh", "4-age"}));
  ASSERT_EQ(one.steps.size(), 3u);

  const Step& first = one.steps[0];
  EXPECT_EQ(first.sent.method, "POST");
  EXPECT_EQ(first.sent.target, "/page?a=b");
  EXPECT_EQ(first.sent.fields, (FieldLines{{"X-A", "1"}}));
  EXPECT_EQ(first.sent.body, "sent");
  ASSERT_EQ(first.origin.size(), 2u);
  EXPECT_FALSE(first.origin[0].behind);
  EXPECT_EQ(first.origin[0].asked.expectations[1].kind, Expectation::Kind::absent);
  const Reply& reply = first.origin[0].reply;
  EXPECT_EQ(reply.interim[0].first, 103);
  EXPECT_EQ(reply.fields, (FieldLines{{"Cache-Control", "max-age=60"}}));
  EXPECT_TRUE(reply.chunked);
  EXPECT_EQ(reply.trailers, (FieldLines{{"X-Late", "1"}}));
  EXPECT_EQ(reply.closes_after, 3u);
  EXPECT_TRUE(first.origin[1].behind);
  EXPECT_EQ(first.origin[1].asked.method, "GET");
  EXPECT_EQ(first.got.statuses, (std::vector<std::string>{"200", "5xx"}));
  EXPECT_TRUE(first.got.cut_short);
  EXPECT_EQ(first.got.verdict, "hit");
  ASSERT_EQ(first.got.expectations.size(), 5u);
  EXPECT_EQ(first.got.expectations[1].low, 10u);
  EXPECT_EQ(first.got.expectations[1].high, 12u);
  EXPECT_EQ(first.got.expectations[4].kind, Expectation::Kind::body_has);

  EXPECT_EQ(one.steps[1].wait, std::chrono::seconds(10));
  EXPECT_EQ(one.steps[2].origin[0].reply.status, 0) << "closes the connection";
}

// What is wrong with a text; empty when nothing is.
std::string complaint(const std::string& text) {
  try {
    (void)parse_case(text, "x.txt");
    return "";
  } catch (const CaseError& error) {
    return error.what();
  }
}

TEST(ParseCase, SaysInWhichLineWhatIsWrong) {
  struct Row {
    std::string text;
    const char* complaint;
  };
  const std::string head = kHead;
  const std::string asks = "client: GET /page\n";
  const Row rows[] = {
      {"", "x.txt:1: empty: the first line says the property in one sentence"},
      {"No full stop\n", "x.txt:1: the first line is one sentence, with a full stop"},
      {"A.\nsection: 9111 4\nkind: required\n" + asks, "x.txt:4: no 'profile:' above"},
      {"A.\nsection: 9111 4\nsection: 9111 4\n", "x.txt:3: 'section:' a second time"},
      {"A.\nsection: chapter 4\n", "x.txt:2: a section is '9111 4.2.1' or 'security', not 'chapter 4'"},
      {"A.\nsection: 9111 4\nkind: must\n", "x.txt:3: a kind is required, optimal or safe, not 'must'"},
      {"A.\nprofile: all\n", "x.txt:2: a profile is rfc, safe or both, not 'all'"},
      {"A.\nruns: memory\n", "x.txt:2: 'runs:' is 'memory, REASON' or 'sockets, REASON'"},
      {"A.\nruns: memory,\n", "x.txt:2: 'runs:' needs the reason"},
      {"A.\nsection: security\nkind: safe\nprofile: both\n" + asks,
       "x.txt:1: a case of kind safe is one of 'profile: safe'"},
      {head, "x.txt:5: no client asks for anything: a case needs a 'client: GET /page'"},
      {head + "proxy: GET /\n", "x.txt:6: expected 'client: METHOD /target' or 'wait 10s', not 'proxy: GET /'"},
      {head + "client: GET page\n", "x.txt:6: expected a method and a target: 'GET /page'"},
      {head + "client:\tGET /page\n", "x.txt:6: a tab: indent with two spaces"},
      {head + "client: GET /page \n", "x.txt:6: a space at the end of the line"},
      {head + " client: GET /page\n", "x.txt:6: indent with two spaces"},
      {head + asks + "  X A: 1\n", "x.txt:7: expected 'Name: value', not 'X A: 1'"},
      {head + asks + "  X-A: {tomorrow}\n",
       "x.txt:7: '{tomorrow}' is no placeholder; see tests/conformance/placeholder.h"},
      {head + asks + "client gets: 200\n",
       "x.txt:7: say what the origin does: 'origin is not asked', or 'origin answers: STATUS'"},
      {head + asks + "origin is not asked\n", "x.txt:7: expected 'client gets: STATUS' for the request in line 6"},
      {head + asks + "origin is not asked\norigin answers: 200\n", "x.txt:8: the origin is both asked and not asked"},
      {head + asks + "origin answers: 20\n", "x.txt:7: '20' is no status code"},
      {head + asks + "origin answers: 103\nclient gets: 103\n",
       "x.txt:7: an interim response is a line 'interim: 103' of the final one"},
      {head + asks + "origin answers: 200 OK\n", "x.txt:7: after the status comes nothing"},
      {head + asks + "origin replies: 200\n",
       "x.txt:7: the origin 'sees:', 'answers:' or 'closes the connection', not 'replies: 200'"},
      {head + asks + "origin sees: GET /page\nclient gets: 200\n", "x.txt:8: expected 'origin answers: STATUS'"},
      {head + asks + "origin answers: 200\n  body: abc\n  closes after 3 bytes\n",
       "x.txt:7: closes after 3 bytes of a body that is no longer"},
      {head + asks + "origin answers: 200\n  trailer X-A: 1\n", "x.txt:7: trailers need 'chunked'"},
      {head + asks + "origin answers: 200\n  body: a\n  body: b\n", "x.txt:9: a second body"},
      {head + asks + "origin is not asked\nclient gets:\n", "x.txt:8: 'client gets:' needs a status"},
      {head + asks + "origin is not asked\nclient gets: 200 304\n",
       "x.txt:8: several statuses are written '502 or 504'"},
      {head + asks + "origin is not asked\nclient gets: 200\n  Age within 2\n", "x.txt:9: 'Age within 10 12'"},
      {head + asks + "origin is not asked\nclient gets: 200\n  Age exceeds 2\n",
       "x.txt:9: a field 'has', is 'without', 'lists', 'lacks' or is 'within', not 'exceeds'"},
      {head + kAsks + "wait 10s\n", "x.txt:9: time passes and then nothing happens"},
      {head + "wait 10\n" + kAsks, "x.txt:6: 'wait 10s': seconds, and at least one"},
      {head + "wait 10s\n" + kAsks,
       "x.txt:9: waits, which no case over sockets does: use Age or Date, or say 'runs: memory, REASON'"},
  };
  for (const Row& row : rows) EXPECT_EQ(complaint(row.text), row.complaint) << row.text;
  EXPECT_EQ(complaint(head + kAsks), "");
}

}  // namespace
}  // namespace freshet::conformance
