// The rules of the house, held against this tree; and each rule held against a small wrong tree, so that it can fail.
#include "tests/house/house.h"

#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace house {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::vector<Complaint>& complaints) {
  std::string text;
  for (const Complaint& complaint : complaints) text += to_string(complaint) + "\n";
  return text;
}

TEST(House, ThisTreeKeepsItsRules) {
  const std::vector<Complaint> complaints = inspect(FRESHET_SOURCE_DIR);
  EXPECT_TRUE(complaints.empty()) << joined(complaints);
}

// A tree of a few files in a folder of its own, gone with the test.
class WrongHouse : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "freshet-house-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    write("include/freshet/reason.h", "#include <string_view>\n");
    write("include/freshet/cache.h", "#include <freshet/reason.h>\n#include <memory>\n");
    write("src/cache/cache.cc", "#include \"policy/plan.h\"\n#include <freshet/cache.h>\n");
    write("src/policy/plan.h", "#include <freshet/reason.h>\n");
    write("src/segment/log.cc", "#include \"platform/region.h\"\n#include <zstd.h>\n");
    write("src/platform/region.h", "#include <sys/mman.h>\n");
    write("tools/top.cc", "#include \"screen.h\"\n#include <freshet/cache.h>\n");
    write("tools/screen.h", "");
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text, const std::string& opening = "// A part of a house.\n") {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << opening << text;
  }

  // The one complaint about `path` contains `words`, and nothing else is wrong.
  void expect_only(const std::string& path, const std::string& words) {
    const std::vector<Complaint> complaints = inspect(root_);
    ASSERT_EQ(complaints.size(), 1u) << joined(complaints);
    EXPECT_EQ(complaints[0].path, path);
    EXPECT_NE(complaints[0].what.find(words), std::string::npos) << joined(complaints);
  }

  fs::path root_;
};

TEST_F(WrongHouse, IsRightUntilSomethingIsWrong) { EXPECT_EQ(joined(inspect(root_)), ""); }

TEST_F(WrongHouse, ComplainsOfAnIncludeThatPointsUp) {
  write("src/model/key.cc", "#include <string>\n#include \"cache/loads.h\"\n");
  expect_only("src/model/key.cc", "model may not include cache");
  EXPECT_EQ(inspect(root_)[0].line, 3u);
}

TEST_F(WrongHouse, ComplainsOfAnUpwardIncludeInATestToo) {
  write("src/segment/log_test.cc", "#include \"store/segment_store.h\"\n");
  expect_only("src/segment/log_test.cc", "segment may not include store");
}

TEST_F(WrongHouse, ComplainsWhenTheSegmentKnowsOfTypes) {
  write("src/segment/index.h", "#  include \"codec/envelope.h\"\n");
  expect_only("src/segment/index.h", "segment may not include codec");
}

TEST_F(WrongHouse, ComplainsWhenThePolicyKnowsMoreThanTheModel) {
  write("src/policy/plan.cc", "#include \"platform/region.h\"\n");
  expect_only("src/policy/plan.cc", "policy may not include platform");
}

TEST_F(WrongHouse, ComplainsWhenHttpKnowsMoreThanTheModel) {
  write("src/http/reuse.cc", "#include \"store/null_store.h\"\n");
  expect_only("src/http/reuse.cc", "http may not include store");
}

TEST_F(WrongHouse, ComplainsOfAnUpwardIncludeThroughAPublicHeader) {
  write("src/segment/index.cc", "#include <freshet/cache.h>\n");
  expect_only("src/segment/index.cc", "belongs to cache");
}

TEST_F(WrongHouse, CountsAHeaderOnlyPublicHeaderAsHighAsWhatItIncludes) {
  write("include/freshet/memoize.h", "#include <freshet/cache.h>\n");
  write("src/codec/typed.h", "#include <freshet/memoize.h>\n");
  expect_only("src/codec/typed.h", "belongs to cache");
}

TEST_F(WrongHouse, ComplainsWhenARoomIncludesWhatIsNotInARoom) {
  write("src/cache/loads.cc", "#include \"tools/screen.h\"\n");
  expect_only("src/cache/loads.cc", "is not in a room");
}

TEST_F(WrongHouse, ComplainsOfSystemCallsOutsideThePlatform) {
  write("src/store/null_store.cc", "#include <unistd.h>\n");
  expect_only("src/store/null_store.cc", "only platform");
}

TEST_F(WrongHouse, ComplainsOfAThirdPartyHeaderInAPublicOne) {
  write("include/freshet/codec.h", "#include <msgpack.hpp>\n");
  expect_only("include/freshet/codec.h", "neither <freshet/...> nor the standard library");
}

TEST_F(WrongHouse, LetsAnAdapterIncludeItsOwnFrameworkAndNoOther) {
  write("include/freshet/httplib.h", "#include <freshet/cache.h>\n#include <httplib.h>\n");
  write("include/freshet/beast.h", "#include <boost/beast/http/message.hpp>\n");
  EXPECT_EQ(joined(inspect(root_)), "");
  write("include/freshet/httplib.h", "#include <boost/beast/http/message.hpp>\n");
  expect_only("include/freshet/httplib.h", "neither <freshet/...> nor the standard library");
}

TEST_F(WrongHouse, ComplainsWhenAnAdapterIsNeededByTheLibrary) {
  write("include/freshet/httplib.h", "#include <httplib.h>\n");
  write("include/freshet/cache.h", "#include <freshet/httplib.h>\n#include <memory>\n");
  expect_only("include/freshet/cache.h", "would make every user");
  write("include/freshet/cache.h", "#include <memory>\n");
  write("src/cache/cache.cc", "#include <freshet/httplib.h>\n");
  expect_only("src/cache/cache.cc", "is an adapter");
}

TEST_F(WrongHouse, ComplainsOfAPrivateHeaderInAPublicOne) {
  write("include/freshet/codec.h", "#include \"policy/plan.h\"\n");
  expect_only("include/freshet/codec.h", "only <freshet/...> is public");
}

TEST_F(WrongHouse, ComplainsWhenAToolReachesIntoARoom) {
  write("tools/top.cc", "#include \"policy/plan.h\"\n");
  expect_only("tools/top.cc", "is private");
}

TEST_F(WrongHouse, ComplainsOfAnUnknownRoom) {
  write("src/attic/box.h", "#include <string>\n");
  expect_only("src/attic/box.h", "not a room");
}

TEST_F(WrongHouse, ComplainsOfNamesThatSayNothing) {
  write("src/model/string_util.h", "");
  expect_only("src/model/string_util.h", "'util'");
  fs::rename(root_ / "src/model/string_util.h", root_ / "src/model/base64.h");
  EXPECT_EQ(joined(inspect(root_)), "");
  fs::create_directories(root_ / "tests/common");
  expect_only("tests/common", "'common'");
}

TEST_F(WrongHouse, ComplainsOfAFileWithoutAnOpeningComment) {
  write("src/model/key.h", "#pragma once\n", "");
  expect_only("src/model/key.h", "open with a comment");
  write("src/model/key.h", "#pragma once\n", "// key.h\n");
  expect_only("src/model/key.h", "open with a comment");
  fs::remove(root_ / "src/model/key.h");
  write("src/model/key.cc", "#include <string>\n", "");
  expect_only("src/model/key.cc", "open with a comment");
}

TEST_F(WrongHouse, LetsAHeaderSpeakForItsSourceAndItsTest) {
  write("src/model/key.h", "");
  write("src/model/key.cc", "#include \"model/key.h\"\n", "");
  write("src/model/key_test.cc", "#include \"model/key.h\"\n", "");
  EXPECT_EQ(joined(inspect(root_)), "");
}

TEST_F(WrongHouse, ComplainsOfAFileAboveSixHundredLines) {
  std::string text;
  for (int i = 0; i < 599; ++i) text += "\n";
  write("src/model/key.h", text);
  EXPECT_EQ(joined(inspect(root_)), "");
  write("src/model/key.h", text + "\n");
  expect_only("src/model/key.h", "601 lines");
}

}  // namespace
}  // namespace house
