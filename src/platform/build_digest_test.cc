#include "platform/build_digest.h"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>

namespace freshet {
namespace {

bool is_digest(const std::string& text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

TEST(BuildDigest, IsTheSameAtEveryCall) {
  EXPECT_TRUE(is_digest(build_digest())) << build_digest();
  EXPECT_EQ(build_digest(), build_digest());
}

TEST(BuildDigest, PrefersTheBuildId) {
  const std::string id = executable_build_id();
  if (id.empty()) GTEST_SKIP() << "this test was linked without a build id";
  EXPECT_EQ(build_digest(), id);
}

TEST(BuildDigest, TheBuildIdStandsInTheFile) {
  const std::string id = executable_build_id();
  if (id.empty()) GTEST_SKIP() << "this test was linked without a build id";
  std::string raw;
  for (std::size_t i = 0; i < id.size(); i += 2) raw += static_cast<char>(std::stoi(id.substr(i, 2), nullptr, 16));
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  EXPECT_NE(content.find(raw), std::string::npos);
}

TEST(FileDigest, FollowsTheContent) {
  const std::string path = testing::TempDir() + "freshet_file_digest";
  std::ofstream(path) << "one";
  const std::string one = file_digest(path);
  std::ofstream(path) << "two";
  const std::string two = file_digest(path);
  std::remove(path.c_str());
  EXPECT_TRUE(is_digest(one));
  EXPECT_TRUE(is_digest(two));
  EXPECT_NE(one, two);
}

TEST(FileDigest, OfNoFileIsEmpty) { EXPECT_EQ(file_digest("/nonexistent/file"), ""); }

}  // namespace
}  // namespace freshet
