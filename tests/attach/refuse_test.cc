// What is refused at opening, with the words and the mend; and that nothing of anybody's is harmed by it.
#include "tests/attach/place.h"

#include <cstddef>
#include <cstring>
#include <grp.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace freshet::witness {
namespace {

using segment::Superblock;

class Refused : public Place {
 protected:
  // A closed segment with one entry.
  void SetUp() override {
    Place::SetUp();
    Opened opened(url());
    opened->put(request("k", "value"));
  }
};

TEST_F(Refused, AFlippedBitAnywhereInTheHeader) {
  const std::string good = bytes();
  std::string value;
  for (std::size_t at = 0; at < offsetof(Superblock, checksum) + 8; ++at) {
    patch(at, static_cast<char>(good[at] ^ (1 << (at % 8))));
    const std::string message = refusal(url());
    EXPECT_TRUE(mentions(message, "cannot open " + url())) << at << message;
    EXPECT_TRUE(mentions(message, "rm '" + path_ + "'")) << at << message;
    patch(at, good[at]);
  }
  Opened opened(url());
  EXPECT_TRUE(opened->get("k", kNow, value).found) << "none of the refusals harmed it";
}

TEST_F(Refused, EachDefectByItsOwnWords) {
  const std::string good = bytes();
  const auto says = [&](std::uint64_t offset, std::uint32_t word, const char* problem, const char* mend = "") {
    patch(offset, word);
    EXPECT_EQ(refusal(url()), "cannot open " + url() + " (" + path_ + "): " + problem + "; " + mend +
                                  "if nothing needs it any more, remove it: rm '" + path_ + "'");
    write_bytes(good);
  };
  says(0, 0x12345678, "it is not a Freshet segment", "choose another path; or, ");
  says(0, 0, "it is not a Freshet segment", "choose another path; or, ");
  says(offsetof(Superblock, format), 0, "another version of Freshet wrote it, in another format");
  says(offsetof(Superblock, format), 99, "another version of Freshet wrote it, in another format");
  says(offsetof(Superblock, abi), 1, "a build of Freshet with other structures wrote it");
  says(offsetof(Superblock, geometry), 1, "its header is corrupted");
  says(offsetof(Superblock, hash_secret), 1, "its header is corrupted");
  EXPECT_EQ(refusal(url()), "");
}

TEST_F(Refused, ATruncatedFileOfAnyLength) {
  const std::string good = bytes();
  for (const std::size_t length :
       {1UL, 7UL, 8UL, 9UL, 100UL, 500UL, 511UL, 4095UL, 4096UL, 4097UL, 65536UL, 1048575UL}) {
    write_bytes(good.substr(0, length));
    const std::string message = refusal(url());
    EXPECT_TRUE(mentions(message, length < 8 ? "it is not a Freshet segment" : "it is truncated")) << length << message;
    EXPECT_EQ(bytes().size(), length) << "left as it was";
  }
}

TEST_F(Refused, AnIndexThatNamesWhatIsNoPageOfIt) {
  const std::string good = bytes();
  const auto g = segment::Geometry::of(good.size());
  for (const std::uint64_t block : {std::uint64_t{g.blocks}, std::uint64_t{0xFFFFFFFF}, std::uint64_t{g.blocks / 2}}) {
    for (const std::uint64_t entry : {std::uint64_t{0}, (std::uint64_t{g.shards} << g.directory_bits) - 1}) {
      std::string damaged = good;
      std::memcpy(damaged.data() + g.directories_at + entry * sizeof(block), &block, sizeof(block));
      write_bytes(damaged);
      EXPECT_TRUE(mentions(refusal(url()), "its index is corrupted")) << block;
      EXPECT_EQ(bytes(), damaged) << "left as it was";
    }
  }
  write_bytes(good);
  EXPECT_EQ(refusal(url()), "");
}

TEST_F(Refused, InvalidationsThatAreAheadOfTheirSequence) {
  const std::string good = bytes();
  const auto g = segment::Geometry::of(good.size());
  const auto sequence = offsetof(Superblock, sequence);
  for (const auto& [offset, number] : {std::pair<std::uint64_t, std::uint64_t>{sequence, 0},
                                       {sequence, ~std::uint64_t{0}},
                                       {offsetof(Superblock, cleared_at), 1000},
                                       {g.tags_at + (g.tag_slots - 1) * sizeof(std::uint64_t), 1000}}) {
    patch(offset, number);
    EXPECT_TRUE(mentions(refusal(url()), "its invalidations are corrupted")) << offset << ' ' << number;
    write_bytes(good);
  }
  EXPECT_EQ(refusal(url()), "");
}

// A boot of the machine is told by a text: one that does not end is none of ours.
TEST_F(Refused, ABootIdThatDoesNotEndWhoeverOnlyLooks) {
  for (std::size_t i = 0; i < sizeof(Superblock::boot_id); ++i) patch(offsetof(Superblock, boot_id) + i, 'x');
  patch(offsetof(Superblock, state), segment::SegmentState::in_use);
  EXPECT_TRUE(mentions(refusal(url(""), segment::IfAbsent::refuse), "the machine went down while it was in use"));
  const Opened anew(url());
  EXPECT_TRUE(mentions(anew->notice(), "starts empty"));
}

TEST_F(Refused, AForeignFileAlsoOneThatBeginsWithZeros) {
  for (const std::string& foreign : {std::string("a letter to somebody\n"), std::string(5, '\0'),
                                     std::string(100'000, '\0'), std::string(2 << 20, 'x')}) {
    write_bytes(foreign);
    EXPECT_TRUE(mentions(refusal(url()), "it is not a Freshet segment")) << foreign.size();
    EXPECT_EQ(bytes(), foreign) << "left as it was";
  }
}

TEST_F(Refused, NobodyIsToldToChangeTheModeOfAForeignFile) {
  write_bytes("root:x:0:0:root:/root:/bin/bash\n");
  chmod(path_.c_str(), 0644);
  EXPECT_TRUE(mentions(refusal(url()), "it is not a Freshet segment; choose another path")) << refusal(url());
  EXPECT_TRUE(mentions(refusal(url("mode=0660&group=12345")), "it is not a Freshet segment")) << refusal(url());
}

TEST_F(Refused, WhatIsNoFile) {
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_TRUE(mentions(refusal(url()), "Is a directory")) << refusal(url());
  std::filesystem::remove(path_);
  std::filesystem::create_symlink(folder_ + "/elsewhere", path_);
  EXPECT_TRUE(mentions(refusal(url()), "it is a symbolic link: name the file itself")) << refusal(url());
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_TRUE(mentions(refusal(url()), "it is not a regular file")) << refusal(url());
  std::filesystem::remove(path_);
  EXPECT_TRUE(mentions(refusal("file:/nowhere/at/all?size=1MiB"), "create the directory first"));
  EXPECT_TRUE(mentions(refusal(url(), segment::IfAbsent::refuse), "there is no segment"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Refused, AModeWiderThanAskedFor) {
  chmod(path_.c_str(), 0644);
  EXPECT_TRUE(mentions(refusal(url()), "its mode is 0644, wider than the 0600 asked for")) << refusal(url());
  EXPECT_TRUE(mentions(refusal(url()), "chmod 0600")) << refusal(url());
  chmod(path_.c_str(), 0660);
  EXPECT_EQ(refusal(url("size=1MiB&mode=0660")), "");
}

TEST_F(Refused, AnotherUsersFile) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  chmod(folder_.c_str(), 0777);
  EXPECT_EQ(chown(path_.c_str(), 12345, 12345), 0);
  EXPECT_TRUE(mentions(refusal(url()), "it belongs to user 12345, and this process runs as user 0"));
  EXPECT_EQ(chown(path_.c_str(), 0, 0), 0);
  Child stranger([&] {
    if (setgroups(0, nullptr) != 0 || setgid(12345) != 0 || setuid(12345) != 0) return 2;
    return mentions(refusal(url()), "Permission denied") ? 0 : 1;
  });
  EXPECT_EQ(stranger.wait(), 0);
}

TEST_F(Refused, AnotherGroupsFileAndSharingWithinAGroup) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  chmod(folder_.c_str(), 0777);
  EXPECT_TRUE(mentions(refusal(url("size=1MiB&mode=0660&group=12345")), "it belongs to group 0, not to 12345"));
  std::filesystem::remove(path_);
  const std::string shared = url("size=1MiB&mode=0660&group=12345");
  Opened opened(shared);
  opened->put(request("k", "value"));
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
  EXPECT_EQ(status.st_gid, 12345U);
  const auto as = [&](uid_t user, gid_t group) {
    return Child([=] {
             if (setgroups(0, nullptr) != 0 || setgid(group) != 0 || setuid(user) != 0) return 2;
             const std::string message = refusal(shared);
             if (!message.empty()) return mentions(message, "Permission denied") ? 3 : 4;
             Opened member(shared);
             std::string value;
             return member->get("k", kNow, value).found ? 0 : 1;
           })
        .wait();
  };
  EXPECT_EQ(as(777, 12345), 0) << "a member";
  EXPECT_EQ(as(777, 777), 3) << "a stranger";
}

TEST_F(Refused, I1_AFullDiskAtOpeningAndNeverASignalLater) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can mount a small file system";
  const std::string small = folder_ + "/small";
  std::filesystem::create_directory(small);
  if (mount("tmpfs", small.c_str(), "tmpfs", 0, "size=3m") != 0) {
    GTEST_SKIP() << "this machine does not let root mount: " << std::strerror(errno);
  }
  const std::string path = small + "/segment";
  const std::string message = refusal("file:" + path + "?size=8MiB");
  EXPECT_TRUE(mentions(message, "cannot reserve 8 MiB: No space left on device (3 MiB free)")) << message;
  EXPECT_TRUE(mentions(message, "free disk space or ask for a smaller size")) << message;
  EXPECT_FALSE(std::filesystem::exists(path)) << "removed again";
  {
    Opened opened("file:" + path + "?size=2MiB");
    std::ofstream(small + "/filler") << std::string(3 << 20, 'x');  // takes what is left
    struct statvfs room {};
    ASSERT_EQ(statvfs(small.c_str(), &room), 0);
    EXPECT_EQ(room.f_bavail, 0U);
    const std::string value(10'000, 'v');
    for (int i = 0; i < 1000; ++i) {
      ASSERT_EQ(opened->put(request("k" + std::to_string(i), value)), Reason::stored);
    }
  }
  EXPECT_EQ(umount(small.c_str()), 0);
}

TEST_F(Refused, MoreProcessesThanPlaces) {
  std::vector<std::unique_ptr<Opened>> opened;
  for (int i = 0; i < 32; ++i) opened.push_back(std::make_unique<Opened>(url()));
  EXPECT_TRUE(mentions(refusal(url()), "all 32 places for processes are taken; use a larger size")) << refusal(url());
  opened.pop_back();
  EXPECT_EQ(refusal(url()), "");
}

}  // namespace
}  // namespace freshet::witness
