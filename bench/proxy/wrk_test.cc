#include "proxy/wrk.h"

#include <gtest/gtest.h>
#include <stdexcept>

namespace bench {
namespace {

// As wrk 4.1.0 prints it. The deviation and the share of the 50 % line end alike, which has fooled a reader before.
constexpr const char* kReport = R"(Running 2s test @ http://127.0.0.1:9001/keep/1024/page
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   235.11us  104.92us   4.44ms   87.50%
    Req/Sec   133.78k     2.14k  137.71k    99.00%
  Latency Distribution
     50%  233.00us
     75%  268.00us
     90%  319.00us
     99%    1.25ms
  267944 requests in 2.01s, 343.70MB read
Requests/sec: 132911.43
Transfer/sec:    170.49MB
)";

std::string with(std::string from, std::string to) {
  std::string text = kReport;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(WrkReport, HoldsWhatWrkSaid) {
  const WrkReport report = parse_wrk(kReport);
  EXPECT_EQ(report.requests, 267944U);
  EXPECT_DOUBLE_EQ(report.requests_per_second, 132911.43);
  EXPECT_DOUBLE_EQ(report.median_us, 233);
  EXPECT_DOUBLE_EQ(report.p99_us, 1250);
  EXPECT_EQ(report.errors, 0U);
}

TEST(WrkReport, KnowsTheUnitsOfWrk) {
  EXPECT_DOUBLE_EQ(parse_wrk(with("1.25ms", "1.25s ")).p99_us, 1'250'000);
  EXPECT_DOUBLE_EQ(parse_wrk(with("1.25ms", "1.25m ")).p99_us, 75'000'000);
  EXPECT_THROW(parse_wrk(with("1.25ms", "1.25h ")), std::runtime_error);
}

TEST(WrkReport, CountsErrorsOfSocketsAndOfStatus) {
  const std::string errors =
      "  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 50000\n";
  EXPECT_EQ(parse_wrk(with("Requests/sec:", errors + "Requests/sec:")).errors, 54321U);
}

TEST(WrkReport, RefusesWhatIsNoReport) {
  EXPECT_THROW(parse_wrk(""), std::runtime_error);
  EXPECT_THROW(parse_wrk("unable to connect to 127.0.0.1:9001 Connection refused\n"), std::runtime_error);
  EXPECT_THROW(parse_wrk(with("Latency Distribution", "")), std::runtime_error);
  EXPECT_THROW(parse_wrk(with("requests in", "answers in")), std::runtime_error);
}

}  // namespace
}  // namespace bench
