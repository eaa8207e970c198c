// The corpus of tests/smuggling through the real proxy: what is refused reaches no origin, and what is accepted means
// to the server behind exactly what it meant to us. In front of an origin that notes every byte, and of gunicorn and
// waitress, which have read such requests in their own ways before.
#include "tests/proxy/fixture.h"
#include "tests/proxy/program.h"
#include "tests/smuggling/cases.h"

#include <gtest/gtest.h>
#include <set>

namespace freshet::proxy_test {
namespace {

using smuggling::Case;

std::vector<Case> cases() { return smuggling::read_cases(FRESHET_SOURCE_DIR "/tests/smuggling/requests.txt"); }

bool is_refused(const Case& one) { return one.expect != "accepted" && one.expect != "incomplete"; }

// The messages of a case that go on to the origin: some methods are answered by the proxy.
std::vector<std::string> messages_of(const Case& one) {
  std::vector<std::string> messages;
  for (std::string_view rest = one.messages; !rest.empty();) {
    const std::string_view message = rest.substr(0, rest.find("; "));
    rest.remove_prefix(std::min(message.size() + 2, rest.size()));
    const std::string_view method = message.substr(0, message.find(' '));
    if (method == "CONNECT" || method == "TRACE" || method == "PURGE") break;
    messages.emplace_back(message);
  }
  return messages;
}

// Sends all of it, says that no more will come, and reads all that comes back.
std::vector<Message> answers_to(std::uint16_t port, const Case& one, const std::vector<std::string>& messages) {
  Connection client = Connection::to(port);
  client.send(one.bytes);
  client.shut_down_sending();
  std::vector<Message> answers;
  for (;;) {
    Message answer;
    if (!client.read_head(answer)) break;
    if (answer.status() < 200) continue;
    const std::size_t which = answers.size();
    client.read_body(answer, which < messages.size() ? messages[which].substr(0, messages[which].find(' ')) : "GET",
                     false);
    answers.push_back(std::move(answer));
  }
  return answers;
}

// One line break, one Host, one framing, and no byte that two readers could read in two ways.
void expect_plain(const std::string& name, const Message& seen) {
  int hosts = 0;
  int framings = 0;
  for (const auto& [field, value] : seen.fields) {
    hosts += field == "Host";
    framings += field == "Content-Length" || field == "Transfer-Encoding";
    for (const char c : field) EXPECT_TRUE(c > ' ' && c < 127) << name << ": " << seen.head;
    for (const char c : value) EXPECT_TRUE((c >= ' ' || c == '\t' || c < 0) && c != 127) << name << ": " << seen.head;
  }
  EXPECT_EQ(hosts, 1) << name << ": " << seen.head;
  EXPECT_LE(framings, 1) << name << ": " << seen.head;
  EXPECT_EQ(seen.start_line, seen.method() + " " + seen.target() + " HTTP/1.1") << name;
}

TEST(SmugglingThroughTheProxy, NothingRefusedReachesTheOriginAndWhatIsAcceptedMeansOneRequest) {
  Site site([](Visit& visit) { visit.answer(200, "Cache-Control: no-store\r\n", ""); }, {.threads = 1});
  std::size_t refused = 0;
  std::size_t before = 0;
  for (const Case& one : cases()) {
    const std::vector<std::string> messages = messages_of(one);
    const std::vector<Message> answers = answers_to(site.proxy.port(), one, messages);
    std::vector<std::string> got;
    const std::vector<Message> seen = site.origin.seen();
    for (std::size_t i = before; i < seen.size(); ++i) {
      expect_plain(one.name, seen[i]);
      // A body that turned out to be none was cut off: nobody takes that for a request.
      if (seen[i].whole) {
        got.push_back(seen[i].method() + " " + seen[i].target() + " " + std::to_string(seen[i].body.size()));
      }
    }
    before = seen.size();
    EXPECT_EQ(got, messages) << one.name;
    if (!is_refused(one)) continue;
    ASSERT_FALSE(answers.empty()) << one.name;
    EXPECT_EQ(std::to_string(answers.back().status()), one.expect.substr(0, 3)) << one.name;
    refused += answers.back().status() >= 400;
  }
  EXPECT_GE(refused, 60U);
}

std::string without_path(const std::string& message) {
  return message.substr(0, message.find(' ')) + message.substr(message.rfind(' '));
}

class BehindTheProxy : public ::testing::TestWithParam<std::string> {};

TEST_P(BehindTheProxy, TheApplicationSeesAsManyRequestsAsTheProxyHasSent) {
  Program server({"/usr/bin/python3", FRESHET_SOURCE_DIR "/tests/proxy/wsgi_server.py", GetParam()});
  const auto origin = static_cast<std::uint16_t>(std::stoul(server.line()));
  Proxy proxy({.origin = "http://127.0.0.1:" + std::to_string(origin), .listen = "127.0.0.1:0", .threads = 1});
  proxy.start();
  std::size_t refused = 0;
  std::size_t served = 0;
  for (const Case& one : cases()) {
    const std::vector<std::string> messages = messages_of(one);
    std::vector<std::string> answered;
    const std::vector<Message> answers = answers_to(proxy.port(), one, messages);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      // Answered by the application, and not by the server before it or by the proxy.
      if (answers[i].has("X-Application") && i < messages.size()) answered.push_back(messages[i]);
    }
    // What the application has seen since it was asked last.
    std::vector<std::string> seen;
    const std::string all = get(origin, "/what-was-seen").body;
    for (std::string_view rest = all; !rest.empty();) {
      seen.emplace_back(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(seen.back().size() + 1);
    }
    // What waitress hands on of a path is not what it was sent.
    if (GetParam() == "waitress") {
      for (std::string& message : seen) message = without_path(message);
      for (std::string& message : answered) message = without_path(message);
    }
    EXPECT_EQ(seen, answered) << one.name;
    served += seen.size();
    if (is_refused(one)) {
      ++refused;
      EXPECT_EQ(std::to_string(answers.back().status()), one.expect.substr(0, 3)) << one.name;
    }
  }
  EXPECT_GE(refused, 60U);
  EXPECT_GE(served, 30U);
}

INSTANTIATE_TEST_SUITE_P(Servers, BehindTheProxy, ::testing::Values("gunicorn", "waitress"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace freshet::proxy_test
