#include "command_line.h"

#include "exit_code.h"

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

constexpr Operand kOperands[] = {{"URL", "where"}, {"KEY", "which"}};
constexpr Flag kFlags[] = {
    {"--json", "", "a switch"}, {"--tag", "T", "may be repeated", {}, true}, {"--name", "N", "once"}};
constexpr Verb kVerb = {"try", "tries", "URL KEY", "Tries.", kOperands, kFlags, {}, nullptr};

Arguments parsed(const std::vector<std::string_view>& words) { return parse(kVerb, words); }

std::string refusal(const std::vector<std::string_view>& words) {
  try {
    parsed(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "parsed";
}

TEST(CommandLine, FlagsStandAnywhereAndTakeTheirValueInBothForms) {
  const Arguments arguments = parsed({"--tag", "a", "u", "--json", "--tag=b=c", "k", "--name="});
  EXPECT_EQ(arguments.operand(0), "u");
  EXPECT_EQ(arguments.operand(1), "k");
  EXPECT_TRUE(arguments.has("--json"));
  EXPECT_EQ(arguments.values("--tag"), (std::vector<std::string>{"a", "b=c"}));
  EXPECT_TRUE(arguments.has("--name"));
  EXPECT_EQ(arguments.value("--name", "other"), "");
}

TEST(CommandLine, EveryStringCanBeAKey) {
  for (const std::string_view key : {"[a,b]", "{}", "", "-", "a b", "\xff\x01", "true", "1e9", "%%", "'q'", "\\"}) {
    EXPECT_EQ(parsed({"u", key}).operand(1), key);
  }
  for (const std::string_view key : {"-1", "--json", "--", "-h", "--help"}) {
    EXPECT_EQ(parsed({"u", "--", key}).operand(1), key);
    EXPECT_FALSE(asks_for_help(std::vector<std::string_view>{"u", "--", key}));
  }
}

TEST(CommandLine, WhatIsWrongIsNamedAndTheMendWithIt) {
  EXPECT_EQ(refusal({"u"}), "try needs KEY: which");
  EXPECT_EQ(refusal({"u", "k", "more"}), "try: one word too many: \"more\"; put a word that holds spaces in quotes");
  EXPECT_EQ(refusal({"u", "k", "--jsn"}), "try has no option \"--jsn\"; did you mean --json?");
  EXPECT_EQ(refusal({"u", "-17"}), "try has no option \"-17\"; a word that begins with '-' goes behind --");
  EXPECT_EQ(refusal({"u", "k", "--json=1"}), "--json takes no value");
  EXPECT_EQ(refusal({"u", "k", "--name"}), "--name needs a value: --name N");
  EXPECT_EQ(refusal({"u", "k", "--name", "a", "--name", "b"}), "--name is given twice");
  EXPECT_EQ(refusal({"u", "k", "\x1b[2J"}),
            "try: one word too many: \"\\x1b[2J\"; put a word that holds spaces in quotes");
}

TEST(CommandLine, OnlyAWordWithinTwoTypingErrorsIsNear) {
  const std::vector<std::string_view> verbs = {"stats", "top", "purge"};
  EXPECT_EQ(nearest("stat", verbs), "stats");
  EXPECT_EQ(nearest("prugee", verbs), "");
  EXPECT_EQ(nearest("purg", verbs), "purge");
  EXPECT_EQ(nearest("tpo", verbs), "");
  EXPECT_EQ(nearest("to", verbs), "top");
  EXPECT_EQ(nearest("xyz", verbs), "");
  EXPECT_EQ(nearest(std::string(100000, 's'), verbs), "");
}

}  // namespace
}  // namespace freshet::tools
