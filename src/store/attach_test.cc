// Attaching looks and changes nothing: it creates, empties and resizes no segment.
#include "store/open.h"

#include <freshet/attach.h>
#include <freshet/error.h>

#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace freshet {
namespace {

const Instant kNow{Duration(1'700'000'000'000'000)};

class Attach : public ::testing::Test {
 protected:
  Attach() { std::filesystem::remove(path_); }
  ~Attach() override { std::filesystem::remove(path_); }

  std::string refusal(const std::string& url) {
    try {
      attach(url);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "attached";
  }

  std::string path_ = std::filesystem::temp_directory_path() / ("freshet-attach-test." + std::to_string(getpid()));
  std::string url_ = "file:" + path_;
};

TEST_F(Attach, CreatesNothingWhereThereIsNoSegment) {
  EXPECT_NE(refusal(url_).find("there is no segment; check the name"), std::string::npos) << refusal(url_);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Attach, KeepsTheSegmentWhateverSizeTheUrlAsksFor) {
  {
    const auto store = open_store(url_ + "?size=2MiB");
    PutRequest request;
    request.key = "k";
    request.meta = {kNow, add(kNow, std::chrono::hours(1)), add(kNow, std::chrono::hours(1)), {}, 0, 0};
    ASSERT_EQ(store->put(request), Reason::stored);
  }
  const auto attached = attach(url_ + "?size=8MiB");
  std::string value;
  EXPECT_TRUE(attached->get("k", kNow, value).found);
  EXPECT_EQ(attached->stats().size_bytes, 2U << 20);
  EXPECT_EQ(attached->stats().processes, 1U);
}

TEST_F(Attach, LeavesAnEmptyFileAlone) {
  const int fd = ::open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  ::close(fd);
  EXPECT_NE(refusal(url_).find("there is no segment in it yet"), std::string::npos) << refusal(url_);
  EXPECT_EQ(std::filesystem::file_size(path_), 0U);
}

TEST_F(Attach, RefusesWhatNobodyElseCanReach) {
  EXPECT_NE(refusal("memory:?size=1MiB").find("belongs to one process alone"), std::string::npos);
  EXPECT_NE(refusal("null:").find("keeps nothing"), std::string::npos);
  EXPECT_NE(refusal("redis:x").find("unknown scheme"), std::string::npos);
}

}  // namespace
}  // namespace freshet
