#include "platform/mapped_file.h"

#include <freshet/error.h>

#include <cstring>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace freshet::platform {
namespace {

TEST(MappedFile, ReservesAllOfItsSpaceBehindTheMark) {
  const File file = create_nameless("test");
  ASSERT_EQ(reserve(file.fd(), 1 << 20, "mark"), 0);
  struct stat status {};
  ASSERT_EQ(fstat(file.fd(), &status), 0);
  EXPECT_EQ(status.st_size, 1 << 20);
  EXPECT_GE(status.st_blocks * 512, 1 << 20);
  Mapping mapping(file.fd(), 1 << 20);
  EXPECT_EQ(std::memcmp(mapping.data(), "mark", 4), 0);
  EXPECT_EQ(mapping.data()[4], std::byte{0});
  mapping.data()[1000] = std::byte{7};
  // What was there before is gone.
  ASSERT_EQ(reserve(file.fd(), 8192, "m"), 0);
  Mapping again(file.fd(), 8192);
  EXPECT_EQ(again.data()[1000], std::byte{0});
}

TEST(MappedFile, IsSharedThroughEveryDescription) {
  const File file = create_nameless("test");
  ASSERT_EQ(reserve(file.fd(), 4096, ""), 0);
  const File other(reopen(file.fd()));
  Mapping one(file.fd(), 4096);
  Mapping two(other.fd(), 4096);
  one.data()[5] = std::byte{9};
  EXPECT_EQ(two.data()[5], std::byte{9});
  EXPECT_EQ(one.sync(4096), 0);
}

TEST(MappedFile, RefusesWhatCannotBeMapped) {
  const File file = create_nameless("test");
  EXPECT_THROW(Mapping(file.fd(), std::uint64_t{1} << 62), ConfigError);
  EXPECT_EQ(reopen(-1), -1);
}

TEST(MappedFile, KnowsGroupsByNameAndNumber) {
  EXPECT_EQ(group_id("12345"), 12345U);
  EXPECT_EQ(group_id("root"), 0U);
  EXPECT_FALSE(group_id("no such group anywhere"));
}

TEST(MappedFile, TheBootIdStaysWhileTheMachineIsUp) {
  EXPECT_EQ(boot_id(), boot_id());
  EXPECT_EQ(boot_id().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace freshet::platform
