// docs/rfc9111.md names for each requirement the test that shows it: those tests are in this program.
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <sstream>

namespace {

TEST(Rfc9111Page, NamesOnlyTestsThatExist) {
  std::ifstream in(FRESHET_SOURCE_DIR "/docs/rfc9111.md");
  std::ostringstream page;
  page << in.rdbuf();
  const std::string text = page.str();

  std::set<std::string> tests;
  const auto& program = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < program.total_test_suite_count(); ++i) {
    const auto& suite = *program.GetTestSuite(i);
    for (int k = 0; k < suite.total_test_count(); ++k) {
      tests.insert(std::string(suite.name()) + "." + suite.GetTestInfo(k)->name());
    }
  }
  const std::regex named("`([A-Z][A-Za-z0-9]*\\.[A-Z][A-Za-z0-9]*)`");
  std::size_t found = 0;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), named); at != std::sregex_iterator(); ++at, ++found) {
    EXPECT_TRUE(tests.contains((*at)[1])) << (*at)[1];
  }
  EXPECT_GT(found, 60u) << "the page was read";
}

}  // namespace
