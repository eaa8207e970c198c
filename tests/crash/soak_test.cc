// The short form of `./dev soak`: processes that work on one segment while a supervisor kills them at random and at
// every pause point: I1, I2, I3, I4 and I7 all at once. And the program itself: what it says, and how it ends.
#include "tests/crash/soak/soak.h"

#include "tools/run_executable.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace freshet::soak {
namespace {

TEST(Soak, I2_I7_KilledProcessesTearNothingAndHoldNobodyUp) {
  Settings settings;
  settings.kills = 300;
  settings.batches = 3;
  settings.seed = 7;
  // Not on a disk: what its file system makes a page fault wait for is no fault of ours, and not within a second.
  settings.url = "shared:soak-" + std::to_string(getpid()) + "?size=16MiB";
  const Findings findings = Soak(settings).run();
  EXPECT_EQ(findings.broken(), std::vector<std::string>()) << as_text(findings);
  EXPECT_GE(findings.kills(), 300U);
  EXPECT_GT(findings.hits, 10'000U);
  EXPECT_GE(findings.least_alive, 4U);
  EXPECT_GT(findings.pins_of_the_dead, 0U);
  EXPECT_GT(findings.lock_recovered, 0U);
  EXPECT_EQ(findings.after_kills.size(), 3U);
  EXPECT_EQ(access(segment::parse_placement(settings.url).path.c_str(), F_OK), -1) << "the segment was left behind";
}

Findings all_well() {
  Findings findings;
  findings.settings.kills = 1000;
  findings.random_kills = 500;
  findings.point_kills.fill(20);
  findings.without_kills = {{0.99, 0.995}, {0.99, 0.999}};
  findings.after_kills = {{0.5, 0.99}};
  findings.calls[0] = {1, 1, 1'400'000};
  return findings;
}

TEST(SoakFindings, NameEachPromiseThatIsBrokenAndNoOther) {
  EXPECT_EQ(all_well().broken(), std::vector<std::string>());
  const auto breaks = [](const std::string& words, auto&& change) {
    Findings findings = all_well();
    change(findings);
    const std::vector<std::string> broken = findings.broken();
    ASSERT_EQ(broken.size(), 1U) << words;
    EXPECT_NE(broken[0].find(words), std::string::npos) << broken[0];
    const auto json = nlohmann::json::parse(as_json(findings));
    EXPECT_FALSE(json.at("well").get<bool>());
    EXPECT_EQ(json.at("broken").at(0), broken[0]);
    EXPECT_NE(as_text(findings).find(broken[0]), std::string::npos);
  };
  breaks("torn", [](Findings& f) { f.torn = 1; });
  breaks("invalidation", [](Findings& f) { f.outdated = 1; });
  breaks("blocked", [](Findings& f) { f.calls[3].longest_us = 1'600'000; });
  breaks("no room", [](Findings& f) { f.no_room = 1; });
  breaks("size", [](Findings& f) { f.file_grew = true; });
  breaks("memory", [](Findings& f) { f.private_bytes_at_last = 9 << 20; });
  breaks("hit ratio", [](Findings& f) { f.after_kills.push_back({0.9, 0.986}); });
  breaks("store.filled",
         [](Findings& f) { f.point_kills[static_cast<std::size_t>(witness::pause_point_number("store.filled"))] = 0; });
  breaks("a block is in two lists", [](Findings& f) { f.complaints.emplace_back("a block is in two lists"); });
}

TEST(SoakFindings, WhoeverTheKernelKeptFromAProcessorBlocksNobody) {
  Findings findings = all_well();
  findings.calls[3].longest_us = 1'600'000;
  findings.late_us = 60'000;  // each of six processes with two threads
  EXPECT_EQ(findings.broken(), std::vector<std::string>());
}

TEST(SoakProgram, ItsExitCodesAndItsSummaryAreForMachines) {
  const tools::Outcome few = tools::run_executable(
      {"--kills", "60", "--batches", "1", "--processes", "4", "--size", "16MiB", "--seed", "3", "--json"});
  EXPECT_EQ(few.code, 0) << few.out << few.err;
  const auto json = nlohmann::json::parse(few.out);
  EXPECT_TRUE(json.at("well").get<bool>());
  EXPECT_GE(json.at("kills").at("all").get<int>(), 60);
  EXPECT_EQ(json.at("kills").at("by_pause_point").size(), static_cast<std::size_t>(witness::kPausePointCount));
  EXPECT_EQ(json.at("values").at("torn"), 0);

  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--kills"},
                                                {"--kills", "many"},
                                                {"--kills", "0"},
                                                {"--processes", "3"},
                                                {"--size", "1MiB"},
                                                {"--size", "much"},
                                                {"--file", "/proc/self/exe"},
                                                {"300"}}) {
    const tools::Outcome outcome = tools::run_executable(wrong);
    EXPECT_EQ(outcome.code, 2) << wrong[0];
    EXPECT_NE(outcome.err.find("usage: ./dev soak"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "") << wrong[0];
  }
}

}  // namespace
}  // namespace freshet::soak
