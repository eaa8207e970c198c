// docs/rfc9111.md names for each requirement the test that shows it: in this room, or in exchange/, where the functions
// of this room are asked in their order.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <sstream>

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Rfc9111Page, NamesOnlyTestsThatExist) {
  const std::filesystem::path root = FRESHET_SOURCE_DIR;
  std::set<std::string> tests;
  const std::regex defined(R"(TEST(?:_F|_P)?\((\w+), (\w+)\))");
  for (const char* room : {"http", "exchange"}) {
    for (const auto& file : std::filesystem::directory_iterator(root / "src" / room)) {
      if (!file.path().filename().string().ends_with("_test.cc")) continue;
      const std::string text = read(file.path());
      for (auto at = std::sregex_iterator(text.begin(), text.end(), defined); at != std::sregex_iterator(); ++at) {
        tests.insert((*at)[1].str() + "." + (*at)[2].str());
      }
    }
  }
  const std::string page = read(root / "docs/rfc9111.md");
  const std::regex named("`([A-Z][A-Za-z0-9]*\\.[A-Z][A-Za-z0-9]*)`");
  std::size_t found = 0;
  for (auto at = std::sregex_iterator(page.begin(), page.end(), named); at != std::sregex_iterator(); ++at, ++found) {
    EXPECT_TRUE(tests.contains((*at)[1])) << (*at)[1];
  }
  EXPECT_GT(found, 60u) << "the page was read";
}

}  // namespace
