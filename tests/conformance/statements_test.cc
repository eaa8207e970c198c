// docs/rfc9111-statements.md and the cases speak of each other: held against each other both ways.
#include "tests/conformance/case.h"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>

namespace freshet::conformance {
namespace {

using Names = std::set<std::string>;

struct Statement {
  std::string level;
  std::string last_column;
  Names cases;
};

std::map<std::string, Statement> read_page() {
  std::map<std::string, Statement> out;
  std::ifstream in(FRESHET_SOURCE_DIR "/docs/rfc9111-statements.md");
  // | 4-age | 9111 4 | MUST | generate Age ... | `age/is_sent_with_every_hit`, ... |
  const std::regex row("\\| ([0-9][-.a-z0-9]*) \\| ([0-9. ]+) \\| ([A-Z ]+) \\| ([^|]+) \\| ([^|]+) \\|");
  const std::regex named("`([a-z0-9_/]+)`");
  for (std::string line; std::getline(in, line);) {
    std::smatch parts;
    if (!std::regex_match(line, parts, row)) continue;
    EXPECT_FALSE(out.contains(parts[1])) << parts[1] << " stands there twice";
    Statement& statement = out[parts[1]];
    statement.level = parts[3];
    statement.last_column = parts[5];
    const std::string& cases = statement.last_column;
    for (auto at = std::sregex_iterator(cases.begin(), cases.end(), named); at != std::sregex_iterator(); ++at) {
      statement.cases.insert((*at)[1]);
    }
  }
  return out;
}

std::map<std::string, Names> read_cases() {
  const std::filesystem::path folder = FRESHET_SOURCE_DIR "/tests/conformance/cases";
  std::map<std::string, Names> out;
  for (const auto& file : case_files(folder)) {
    const Case one = read_case(folder, file);
    for (const std::string& statement : one.shows) out[statement].insert(one.name);
  }
  return out;
}

std::string listed(const Names& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "`" : ", `") + name + "`";
  return out;
}

TEST(Statements, StandOnThePageWithAllTheirCases) {
  const auto page = read_page();
  const auto cases = read_cases();
  EXPECT_GT(page.size(), 90u) << "the page was read";
  for (const auto& [statement, names] : cases) {
    const auto row = page.find(statement);
    ASSERT_NE(row, page.end()) << statement << " is shown by " << listed(names) << " and does not stand on the page";
    EXPECT_EQ(row->second.cases, names) << "the last column of " << statement << " would be: " << listed(names);
  }
}

TEST(Statements, HaveACaseEachOrTheReasonWhyNot) {
  const auto cases = read_cases();
  for (const auto& [statement, row] : read_page()) {
    if (cases.contains(statement)) continue;
    EXPECT_TRUE(row.cases.empty()) << statement << " names cases that do not show it: " << row.last_column;
    EXPECT_TRUE(row.last_column.starts_with("no case: ")) << statement << " has no case and no reason";
  }
}

// An optional case would be let off where a MUST is to be shown.
TEST(Statements, ThatBindHaveACaseThatRunsInBothProfilesOrInEachOfThem) {
  const std::filesystem::path folder = FRESHET_SOURCE_DIR "/tests/conformance/cases";
  for (const auto& [statement, row] : read_page()) {
    if (!row.level.starts_with("MUST") || row.cases.empty()) continue;
    bool rfc = false;
    bool safe = false;
    for (const std::string& name : row.cases) {
      const Case one = read_case(folder, folder / (name + ".txt"));
      rfc = rfc || one.in_rfc_profile;
      safe = safe || one.in_safe_profile;
    }
    EXPECT_TRUE(rfc && safe) << statement;
  }
}

}  // namespace
}  // namespace freshet::conformance
