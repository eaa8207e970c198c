#include "proxy/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace freshet::proxy {
namespace {

AccessRecord record() {
  AccessRecord one;
  one.at = Instant(std::chrono::sys_days(std::chrono::year(2026) / 1 / 2).time_since_epoch()) +
           std::chrono::milliseconds(3'723'004);
  one.client = "127.0.0.1";
  one.method = "GET";
  one.authority = "example.org";
  one.target = "/a";
  one.status = 200;
  one.reason = Reason::miss_absent;
  one.stored = Reason::stored;
  one.origin_status = 200;
  one.bytes = 1024;
  one.took = std::chrono::microseconds(12'034);
  return one;
}

TEST(AccessLog, IsALineOfJsonForEachRequest) {
  std::string out;
  append_access_line(out, record());
  EXPECT_EQ(out,
            R"({"time":"2026-01-02T01:02:03.004Z","client":"127.0.0.1","method":"GET","url":"http://example.org/a",)"
            R"("status":200,"reason":"miss_absent","stored":"stored","origin_status":200,"bytes":1024,"ms":12.034,)"
            "\"whole\":true}\n");
}

TEST(AccessLog, LeavesOutWhatThereWasNot) {
  AccessRecord one = record();
  one.reason.reset();
  one.stored.reset();
  one.origin_status = 0;
  one.whole = false;
  std::string out;
  append_access_line(out, one);
  for (const char* word : {"reason", "stored", "origin_status"}) EXPECT_EQ(out.find(word), std::string::npos) << word;
  EXPECT_NE(out.find("\"whole\":false}"), std::string::npos);
}

TEST(AccessLog, NoRequestCanEndItsLineOrItsString) {
  AccessRecord one = record();
  one.target = "/\"\\\x01\x7f\xff";
  std::string out;
  append_access_line(out, one);
  EXPECT_NE(out.find(R"(http://example.org/\"\\\u0001\u007f\u00ff")"), std::string::npos) << out;
  EXPECT_EQ(out.find('\n'), out.size() - 1);
}

TEST(AccessLog, OfAFullDiskLosesLinesAndCountsThem) {
  EventLoop loop;
  const Socket full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  AccessLog log(loop, full.fd());
  log.add(record());
  log.add(record());
  log.flush();
  EXPECT_EQ(log.lost(), 2u);
  log.flush();
  EXPECT_EQ(log.lost(), 2u) << "once";
}

}  // namespace
}  // namespace freshet::proxy
