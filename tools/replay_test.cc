// `freshet replay` as people and scripts see it: the real executable on real files.
#include "run_executable.h"
#include "temporary_file.h"
#include "well_formed.h"

#include <algorithm>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace freshet::tools {
namespace {

using namespace std::string_literals;
using Json = nlohmann::json;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Eight keys of 10 KiB, three times round, a minute between two lines; and two lines that are not counted.
std::string log() {
  std::string text;
  for (int i = 0; i < 24; ++i) {
    text += "10.0.0.1 - - [01/Mar/2026:12:" + std::to_string(10 + i) + ":00 +0000] \"GET /item/" +
            std::to_string(i % 8) + " HTTP/1.1\" 200 10240 \"-\" \"-\"\n";
    if (i == 4)
      text += "10.0.0.1 - - [01/Mar/2026:12:14:30 +0000] \"POST /cart HTTP/1.1\" 200 2 \"-\" \"-\"\nnonsense\n";
  }
  return text;
}

TEST(ReplayVerb, ALogBecomesATableOfHitsOverSizes) {
  const TemporaryFile file(log(), ".log");
  const Outcome outcome = run_executable({"replay", file.path(), "--sizes", "2MiB,1MiB"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "") << "no progress where there is no terminal";
  EXPECT_EQ(outcome.out, file.path() +
                             ": 24 accesses of 8 keys (log); 80.2 KiB if all were kept\n"
                             "  2 lines left out, the first of them line 6: neither GET nor HEAD, or not of the form "
                             "combined\n\n"
                             "   segment      hits  of bytes         entries\n"
                             "     1 MiB    66.6 %    66.6 %               8\n"
                             "     2 MiB    66.6 %    66.6 %               8\n");
}

TEST(ReplayVerb, JsonGivesEveryFigureOfEveryPoint) {
  const TemporaryFile file(log(), ".log");
  const Json json = Json::parse(run_executable({"replay", file.path(), "--sizes=1MiB", "--json"}).out);
  EXPECT_EQ(json["format"], "log");
  EXPECT_EQ(json["accesses"], 24);
  EXPECT_EQ(json["keys"], 8);
  EXPECT_EQ(json["left_out_lines"], 2);
  EXPECT_EQ(json["first_left_out_line"], 6);
  EXPECT_TRUE(json["ttl_us"].is_null());
  ASSERT_EQ(json["points"].size(), 1U);
  EXPECT_EQ(json["points"][0]["size_bytes"], 1 << 20);
  EXPECT_EQ(json["points"][0]["hits"], 16);
  EXPECT_DOUBLE_EQ(json["points"][0]["hit_ratio"], 16.0 / 24);
  EXPECT_EQ(json["points"][0]["entries"], 8);
}

TEST(ReplayVerb, ATtlRunsByTheTimesOfTheLog) {
  const TemporaryFile file(log(), ".log");
  const auto hits = [&](const std::string& ttl) {
    const Json json = Json::parse(run_executable({"replay", file.path(), "--sizes=1MiB", "--ttl", ttl, "--json"}).out);
    return json["points"][0]["hits"].get<int>();
  };
  // A key comes back after eight minutes: an entry of ten serves it once, one of eight and a half too, one of eight
  // not.
  EXPECT_EQ(hits("8m"), 0);
  EXPECT_EQ(hits("10m"), 8);
  EXPECT_EQ(hits("17m"), 16);
}

TEST(ReplayVerb, ThePictureIsWellFormedAndBesideTheTable) {
  const TemporaryFile file(log(), ".log");
  const TemporaryFile picture("an older one", ".svg");
  const Outcome outcome = run_executable({"replay", file.path(), "--sizes", "1MiB,2MiB,4MiB", "--svg", picture.path()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "     4 MiB    66.6 %")) << outcome.out;
  const std::string svg = content(picture.path());
  EXPECT_EQ(xml_fault(svg), "") << svg;
  EXPECT_TRUE(contains(svg, "24 accesses of 8 keys")) << svg;
  EXPECT_TRUE(contains(svg, ">4 MiB</text>")) << svg;
}

TEST(ReplayVerb, MoreMemoryHitsMoreUntilAllFits) {
  std::string text;
  std::uint32_t state = 1;
  for (int i = 0; i < 60'000; ++i) {
    state = state * 1664525 + 1013904223;
    const std::uint32_t draw = state >> 16;
    text += std::to_string(draw % ((draw & 1) != 0 ? 500 : 8000)) + '\n';
  }
  const TemporaryFile file(text);
  const Json json = Json::parse(run_executable({"replay", file.path(), "--value-bytes", "2KiB", "--json"}).out);
  const Json& points = json["points"];
  ASSERT_GE(points.size(), 4U) << "sizes are chosen around the footprint";
  double before = 0;
  for (const Json& point : points) {
    EXPECT_GT(point["hit_ratio"].get<double>(), before - 0.001);
    before = point["hit_ratio"];
  }
  const double misses_once = 1 - json["keys"].get<double>() / 60'000;
  EXPECT_DOUBLE_EQ(points.back()["hit_ratio"].get<double>(), misses_once);
  EXPECT_LT(points[0]["hit_ratio"].get<double>(), 0.7 * misses_once);
}

TEST(ReplayVerb, TheStandardInputIsReadAndABinaryTraceNeedsItsFormat) {
  const Outcome text = run_executable({"replay", "-", "--sizes", "1MiB"}, "1\n2\n1\n1\n");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "standard input: 4 accesses of 2 keys (text)")) << text.out;
  EXPECT_TRUE(contains(text.out, "every value counted as 1 KiB")) << text.out;
  EXPECT_TRUE(contains(text.out, "50.0 %")) << text.out;
  const std::string numbers = "\0\0\0\x01\0\0\0\x01"s;
  EXPECT_EQ(run_executable({"replay", "-", "--format", "be32", "--sizes", "1MiB"}, numbers).code, 0);
  const Outcome untold = run_executable({"replay", "-", "--sizes", "1MiB"}, numbers);
  EXPECT_EQ(untold.code, 3);
  EXPECT_TRUE(contains(untold.err, "standard input: what format this is cannot be told")) << untold.err;
}

TEST(ReplayVerb, CostsAndValuesTooLargeGetTheirColumns) {
  const TemporaryFile file("0 a 100 500\n1 a 100 500\n2 b 500000 1000\n3 b 500000 1000\n");
  const Outcome outcome = run_executable({"replay", file.path(), "--sizes", "1MiB,4MiB", "--ttl", "1h"});
  EXPECT_TRUE(contains(outcome.out, "of time")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "too large")) << outcome.out;
  // Of 3 ms, half a millisecond is saved in the small segment, which does not take b.
  EXPECT_TRUE(contains(outcome.out, "1 MiB    25.0 %     0.0 %    16.6 %")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "4 MiB    50.0 %    50.0 %    50.0 %")) << outcome.out;
}

TEST(ReplayVerb, WrongUsesAndWrongTracesAreRefusedInOneLineWithTheMend) {
  const TemporaryFile good("1\n2\n1\n");
  const TemporaryFile empty("");
  const TemporaryFile prose("what is this\n");
  const TemporaryFile sized("0 a 100\n1 a lot\n");
  const TemporaryFile binary("\0\0\0\x01\0\0"s);
  const TemporaryFile gzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x33"s);
  struct Case {
    std::vector<std::string> words;
    int code;
    std::string_view said;
  };
  const std::vector<Case> cases = {
      {{}, 2, "replay needs TRACE: a file"},
      {{good.path(), "more"}, 2, "one word too many"},
      {{good.path(), "--size", "1MiB"}, 2, "did you mean --sizes?"},
      {{good.path(), "--format", "csv"}, 2, "it is be32, be64, text, sized or log"},
      {{good.path(), "--sizes", "big"}, 2, "\"big\" is no size; write 256MiB"},
      {{good.path(), "--sizes", "1KiB"}, 2, "it may have 1MiB to 1TiB"},
      {{good.path(), "--sizes", "1MiB,1TiB"}, 3, "--sizes: 1 TiB: "},
      {{good.path(), "--sizes", "1MiB,1TiB"}, 3, "available; give smaller sizes, or replay where there is more memory"},
      {{good.path(), "--value-bytes", "x"}, 2, "is no size"},
      {{good.path(), "--ttl", "soon"}, 2, "--ttl: duration \"soon\""},
      {{good.path(), "--ttl", "0"}, 2, "nothing is ever fresh"},
      {{good.path(), "--ttl", "5m"}, 2, "--ttl needs times, and a trace of the format text has none"},
      {{good.path(), "--svg", ""}, 2, "--svg is empty"},
      {{good.path(), "--svg", "/no/such/folder/x.svg"}, 4, "cannot write /no/such/folder/x.svg: No such file"},
      {{"/no/such/trace"}, 3, "/no/such/trace: cannot be opened: No such file or directory; check the path"},
      {{"/tmp"}, 3, "/tmp: cannot be read: Is a directory"},
      {{empty.path()}, 3, "is empty; give a trace"},
      {{prose.path()}, 3, "cannot be told from its beginning; give --format"},
      {{prose.path(), "--format", "log"}, 3, ".trace:1: no access of the format log"},
      {{sized.path(), "--format", "sized"}, 3, ".trace:2: \"lot\" is no number of bytes; a line is: time key bytes"},
      {{binary.path(), "--format", "be32"}, 3, "ends at byte 6 in the middle of a number of 4 bytes"},
      {{gzip.path()}, 3, "ends in the middle; fetch or copy it again"},
  };
  for (const Case& c : cases) {
    std::vector<std::string> words = {"replay"};
    words.insert(words.end(), c.words.begin(), c.words.end());
    const Outcome outcome = run_executable(words);
    std::string line = "freshet";
    for (const std::string& word : words) line += ' ' + word;
    EXPECT_EQ(outcome.code, c.code) << line << '\n' << outcome.err;
    EXPECT_EQ(outcome.out, "") << line;
    EXPECT_TRUE(contains(outcome.err, c.said)) << line << '\n' << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("freshet: ")) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

TEST(ReplayVerb, APictureThatExistsSurvivesATraceThatCannotBeRead) {
  const TemporaryFile picture("an older one", ".svg");
  EXPECT_EQ(run_executable({"replay", "/no/such/trace", "--svg", picture.path()}).code, 3);
  EXPECT_EQ(content(picture.path()), "an older one");
}

TEST(ReplayVerb, OutputThatCannotBeWrittenIsNoSuccess) {
  const TemporaryFile file("1\n");
  EXPECT_EQ(run_executable_into("/dev/full", {"replay", file.path()}).code, 4);
  const Outcome picture = run_executable({"replay", file.path(), "--svg", "/dev/full"});
  EXPECT_EQ(picture.code, 4);
  EXPECT_TRUE(contains(picture.err, "cannot write /dev/full: No space left")) << picture.err;
}

}  // namespace
}  // namespace freshet::tools
