// The cases over sockets, through the proxy itself: all that are not for memory only, in both profiles.
#include "tests/conformance/sockets/socket_subject.h"

#include <freshet/proxy.h>

#include <gtest/gtest.h>
#include <thread>

namespace freshet::conformance {
namespace {

const std::filesystem::path kFolder = FRESHET_SOURCE_DIR "/tests/conformance/cases";
// Generous: only what fails waits for so long.
constexpr std::chrono::seconds kPatience{10};

class OverSockets : public ::testing::TestWithParam<Profile> {};

TEST_P(OverSockets, EachCaseIsPassedByTheProxy) {
  OriginServer origin(0);
  ProxyOptions options;
  options.origin = "http://127.0.0.1:" + std::to_string(origin.port());
  options.listen = "127.0.0.1:0";
  options.store = "memory:?size=64MiB";
  options.profile = name(GetParam());
  options.threads = 2;
  Proxy proxy(options);
  proxy.start();
  SocketSubject subject(origin, proxy.port(), kPatience);
  subject.wait_before_each([&] {
    while (proxy.loads_under_way() > 0) std::this_thread::yield();
  });
  int run = 0;
  for (const auto& file : case_files(kFolder)) {
    const Case one = read_case(kFolder, file);
    if (!one.is_in(GetParam()) || one.place == Place::memory) continue;
    for (const std::string& complaint : run_case(one, subject)) ADD_FAILURE() << complaint;
    ++run;
  }
  EXPECT_GT(run, 300);
}

INSTANTIATE_TEST_SUITE_P(Profiles, OverSockets, ::testing::Values(Profile::rfc, Profile::safe),
                         [](const auto& parameter) { return std::string(name(parameter.param)); });

TEST(OriginServer, ClosesInTheMiddleOfABodyWhereTheCaseSaysSo) {
  const Case one = parse_case(
      "A.\nsection: 9111 3.3\nkind: required\nprofile: both\n"
      "client: GET /page\norigin answers: 200\n  body: 0123456789\n  closes after 4 bytes\n"
      "client gets: 200\n  cut short\n  body: 0123\n",
      "x.txt");
  OriginServer origin(0);
  SocketSubject straight(origin, origin.port(), kPatience);
  EXPECT_EQ(run_case(one, straight), std::vector<std::string>()) << "without a proxy between the two";
}

TEST(OriginServer, ClosesWithoutAnAnswerWhereTheCaseSaysSo) {
  const Case one = parse_case(
      "A.\nsection: 9111 4.2.4\nkind: required\nprofile: both\n"
      "client: GET /page\norigin closes the connection\nclient gets: 5xx\n",
      "x.txt");
  OriginServer origin(0);
  SocketSubject straight(origin, origin.port(), kPatience);
  EXPECT_EQ(run_case(one, straight).at(0), "x.txt:7: expected status 5xx, got no answer");
}

}  // namespace
}  // namespace freshet::conformance
