#include "access_trace.h"

#include "temporary_file.h"

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

AccessTrace trace_of(std::string_view bytes, std::optional<TraceFormat> format = {}) {
  const TemporaryFile file(bytes);
  TraceReading reading;
  reading.format = format;
  return read_trace(file.path(), reading);
}

std::string refusal_of(std::string_view bytes, std::optional<TraceFormat> format = {}) {
  try {
    trace_of(bytes, format);
  } catch (const TraceError& error) {
    return error.what();
  }
  return "none";
}

std::vector<std::uint32_t> order_of(const AccessTrace& trace) {
  std::vector<std::uint32_t> keys;
  for (const Access& access : trace.accesses) keys.push_back(access.key);
  return keys;
}

std::vector<std::uint64_t> sizes_of(const AccessTrace& trace) {
  std::vector<std::uint64_t> sizes;
  for (const Access& access : trace.accesses) sizes.push_back(access.value_bytes);
  return sizes;
}

std::string log_line(std::string_view request, std::string_view answer, std::string_view time = "12:00:00") {
  return "10.0.0.1 - - [01/Mar/2026:" + std::string(time) + " +0000] \"" + std::string(request) + " HTTP/1.1\" " +
         std::string(answer) + " \"-\" \"-\"\n";
}

using Order = std::vector<std::uint32_t>;
using Sizes = std::vector<std::uint64_t>;

TEST(AccessTrace, TheSameKeysInEveryFormatOfNumbersAreTheSameTrace) {
  const std::string be32 = "\0\0\0\x07\0\0\x01\0\0\0\0\x07"s;
  const std::string be64 = "\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\x07"s;
  for (const AccessTrace& trace : {trace_of(be32, TraceFormat::be32), trace_of(be64, TraceFormat::be64),
                                   trace_of("7\n256\n7\n", TraceFormat::text), trace_of("7\n 256 \r\n\n*\n7")}) {
    EXPECT_EQ(order_of(trace), (Order{0, 1, 0}));
    EXPECT_EQ(trace.keys, (std::vector{"\0\0\0\0\0\0\0\x07"s, "\0\0\0\0\0\0\x01\0"s}));
    EXPECT_FALSE(trace.has_sizes());
    EXPECT_FALSE(trace.has_times());
  }
}

TEST(AccessTrace, TheHighestNumbersKeepTheirBits) {
  EXPECT_EQ(trace_of("\xff\xff\xff\xff", TraceFormat::be32).keys[0], "\0\0\0\0\xff\xff\xff\xff"s);
  EXPECT_EQ(trace_of("\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", TraceFormat::be64).keys[0],
            "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8");
  EXPECT_EQ(trace_of("18446744073709551615\n", TraceFormat::text).keys[0], "\xff\xff\xff\xff\xff\xff\xff\xff");
}

TEST(AccessTrace, LinesOfTextThatAreNoNumberAreLeftOutAndCounted) {
  const AccessTrace trace = trace_of("1\n2\n*\n-3\n4.5\n0x6\n99999999999999999999\n7 8\n9\n", TraceFormat::text);
  EXPECT_EQ(trace.accesses.size(), 3U);
  EXPECT_EQ(trace.left_out_lines, 6U);
  EXPECT_EQ(trace.first_left_out_line, 3U);
}

TEST(AccessTrace, ABinaryTraceThatEndsInsideANumberIsRefusedWithThePlace) {
  const std::string why = refusal_of(std::string(4 * 5000 + 3, '\x01'), TraceFormat::be32);
  EXPECT_NE(why.find("ends at byte 20003 in the middle of a number of 4 bytes"), std::string::npos) << why;
  EXPECT_NE(refusal_of(std::string(12, '\x01'), TraceFormat::be64).find("ends at byte 12"), std::string::npos);
}

TEST(AccessTrace, SizedLinesGiveTimesSizesAndCosts) {
  const AccessTrace trace =
      trace_of("# time key bytes load\n10 user:7 512\n10.5\tuser:8 0 250000\n\n9 user:7 600 99\n");
  EXPECT_EQ(trace.format, TraceFormat::sized);
  EXPECT_EQ(order_of(trace), (Order{0, 1, 0}));
  EXPECT_EQ(trace.keys, (std::vector{"user:7"s, "user:8"s}));
  EXPECT_EQ(sizes_of(trace), (Sizes{512, 0, 600}));
  EXPECT_EQ(trace.accesses[0].at, Instant(10s));
  EXPECT_EQ(trace.accesses[1].at, Instant(10500ms));
  EXPECT_EQ(trace.accesses[2].at, Instant(10500ms)) << "time does not run backwards";
  EXPECT_EQ(trace.accesses[1].load_us, 250'000U);
  EXPECT_TRUE(trace.has_costs);
  EXPECT_EQ(trace.left_out_lines, 0U) << "remarks are not worth a word";
  EXPECT_FALSE(trace_of("10 user:7 512\n").has_costs);
}

TEST(AccessTrace, AWrongSizedLineIsNamedByFileLineAndMend) {
  struct Case {
    std::string_view line;
    std::string_view said;
  };
  const Case cases[] = {{"soon a 1", "\"soon\" is no time"},
                        {"-1 a 1", "\"-1\" is no time"},
                        {"nan a 1", "\"nan\" is no time"},
                        {"1e99 a 1", "\"1e99\" is no time"},
                        {"1", "the key is missing"},
                        {"1 a", "\"\" is no number of bytes"},
                        {"1 a big", "\"big\" is no number"},
                        {"1 a -1", "\"-1\" is no number of bytes"},
                        {"1 a 1 x", "\"x\" is no number of microseconds"},
                        {"1 a 1 1 1", "more than four fields"},
                        {"1 a\x1b 1\x1b", "\"1\\x1b\" is no"}};
  for (const Case& c : cases) {
    const std::string why = refusal_of("0 ok 1\n" + std::string(c.line) + "\n", TraceFormat::sized);
    EXPECT_NE(why.find(".trace:2: "), std::string::npos) << why;
    EXPECT_NE(why.find(c.said), std::string::npos) << why;
    EXPECT_NE(why.find("a line is: time key bytes"), std::string::npos) << why;
  }
}

TEST(AccessTrace, ALogTakesGetAndHeadAndCountsTheRest) {
  const AccessTrace trace = trace_of(log_line("GET /a", "200 100") + log_line("POST /a", "200 5") + "garbage\n" +
                                     log_line("HEAD /b?x=1", "200 0") + log_line("GET /a", "200 100"));
  EXPECT_EQ(trace.format, TraceFormat::log);
  EXPECT_EQ(order_of(trace), (Order{0, 1, 0}));
  EXPECT_EQ(trace.keys, (std::vector{"/a"s, "/b?x=1"s}));
  EXPECT_EQ(trace.left_out_lines, 2U);
  EXPECT_EQ(trace.first_left_out_line, 2U);
}

TEST(AccessTrace, LinesOfALogWithoutAWholeBodyTakeTheSizeOfTheWhole) {
  const AccessTrace trace =
      trace_of(log_line("GET /a", "304 0") + log_line("GET /a", "200 100") + log_line("HEAD /a", "200 0") +
               log_line("GET /a", "206 9") + log_line("GET /a", "200 120") + log_line("GET /a", "304 -") +
               log_line("HEAD /never", "200 0"));
  EXPECT_EQ(sizes_of(trace), (Sizes{100, 100, 100, 100, 120, 120, 0}));
}

TEST(AccessTrace, ALogThatIsOutOfOrderKeepsItsOrderAndItsTimesNeverRunBackwards) {
  const AccessTrace trace = trace_of(log_line("GET /a", "200 1", "12:00:05") + log_line("GET /b", "200 1", "12:00:03") +
                                     log_line("GET /c", "200 1", "12:00:06"));
  EXPECT_EQ(order_of(trace), (Order{0, 1, 2}));
  EXPECT_EQ(trace.accesses[1].at, trace.accesses[0].at);
  EXPECT_EQ(trace.accesses[2].at - trace.accesses[0].at, Duration(1s));
}

TEST(AccessTrace, TextFormatsAreToldFromMostOfTheFirstLines) {
  EXPECT_EQ(trace_of("*\n1\n2\n3\n").format, TraceFormat::text);
  EXPECT_EQ(trace_of("# sizes\n1 2 3\n1 2 3 4\n").format, TraceFormat::sized);
  EXPECT_EQ(trace_of("started\n" + log_line("GET /a", "200 1") + log_line("POST /a", "200 1")).format,
            TraceFormat::log);
}

TEST(AccessTrace, WhatCannotBeToldOrHoldsNothingIsRefused) {
  struct Case {
    std::string bytes;
    std::optional<TraceFormat> format;
    std::string_view said;
  };
  const Case cases[] = {
      {"", {}, "is empty"},
      {"", TraceFormat::be32, "is empty"},
      {"\0\0\0\x01\0\0\0\x02"s, {}, "give --format be32, be64, text, sized or log"},
      {"hello\nworld\n", {}, "cannot be told"},
      {"1\n" + log_line("GET /a", "200 1"), {}, "cannot be told"},
      {"1,2,3\n", {}, "cannot be told"},
      {"hello\nworld\n", TraceFormat::text, ".trace:1: no access of the format text, and none in the 1 other lines"},
      {log_line("POST /a", "200 1"), TraceFormat::log, ".trace:1: no access of the format log"},
      {"# nothing\n", TraceFormat::sized, "no access was found"},
  };
  for (const Case& c : cases) {
    const std::string why = refusal_of(c.bytes, c.format);
    EXPECT_NE(why.find(c.said), std::string::npos) << why;
  }
}

TEST(AccessTrace, NamesOfFormatsReadBack) {
  for (const TraceFormat format :
       {TraceFormat::be32, TraceFormat::be64, TraceFormat::text, TraceFormat::sized, TraceFormat::log}) {
    EXPECT_EQ(trace_format(name(format)), format);
  }
  EXPECT_FALSE(trace_format("be16"));
  EXPECT_EQ(trace_format_names(), "be32, be64, text, sized or log");
}

}  // namespace
}  // namespace freshet::tools
