// Opening what is there: again, at another size, by many at once, after crashes and restarts, before and after fork().
#include "platform/pause_point.h"
#include "tests/attach/place.h"

#include <cstddef>
#include <sys/statvfs.h>

namespace freshet::witness {
namespace {

using segment::SegmentState;
using segment::Superblock;

class Shared : public Place {};

bool has(Opened& opened, const std::string& key) {
  std::string value;
  return opened->get(key, kNow, value).found;
}

TEST_F(Shared, WhatWasStoredIsThereAfterClosingAndAfterAKill) {
  {
    Opened opened(url());
    opened->put(request("closed", "v"));
  }
  Child child([&] {
    Opened opened(url());
    opened->put(request("killed", "v"));
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(child.wait(), -SIGKILL);
  Opened opened(url());
  EXPECT_TRUE(has(opened, "closed"));
  EXPECT_TRUE(has(opened, "killed"));
  EXPECT_EQ(opened->notice(), "");
  EXPECT_EQ(opened->stats().processes, 1U);
  EXPECT_EQ(audit(*opened.segment), "");
}

TEST_F(Shared, AfterARestartOfTheMachineOnlyACleanlyClosedOneIsKept) {
  const char other_boot[48] = "00000000-0000-0000-0000-000000000000";
  for (const SegmentState state : {SegmentState::closed, SegmentState::in_use}) {
    {
      Opened opened(url());
      opened->put(request("k", "v"));
    }
    patch(offsetof(Superblock, boot_id), other_boot);
    patch(offsetof(Superblock, state), state);
    Opened opened(url());
    const bool kept = state == SegmentState::closed;
    EXPECT_EQ(has(opened, "k"), kept);
    EXPECT_EQ(opened->notice(), kept ? "" : "the machine went down while the segment was in use; it starts empty");
  }
}

TEST_F(Shared, AnotherSizeIsMadeWhenAloneAndToldWhenNot) {
  {
    Opened first(url("size=2MiB"));
    first->put(request("k", "v"));
    Opened second(url("size=1MiB"));
    EXPECT_EQ(second->notice(),
              "attached at the segment's existing size of 2 MiB instead of 1 MiB: other processes are using it");
    EXPECT_TRUE(has(second, "k"));
    Opened third(url("mode=0600"));  // whatever its size
    EXPECT_EQ(third->notice(), "");
  }
  Opened anew(url("size=1MiB"));
  EXPECT_EQ(anew->notice(), "the segment had 2 MiB and was created anew with 1 MiB");
  EXPECT_FALSE(has(anew, "k"));
  EXPECT_EQ(std::filesystem::file_size(path_), 1U << 20);
}

TEST_F(Shared, I7_ACreatorKilledWhileItFormatsLeavesNothingInTheWay) {
  for (const char* point : {"segment.formatting", "segment.formatted"}) {
    static const char* where;
    where = point;
    std::filesystem::remove(path_);
    Child child([&] {
      platform::pause_hook.store([](const char* passed) {
        if (std::strcmp(passed, where) == 0) raise(SIGKILL);
      });
      Opened opened(url());
      return 0;
    });
    ASSERT_EQ(child.wait(), -SIGKILL) << point;
    Opened opened(url());
    EXPECT_EQ(opened->put(request("k", "v")), Reason::stored) << point;
    EXPECT_EQ(audit(*opened.segment), "") << point;
  }
  // Killed before the first byte of the space was reserved, and in the middle of it.
  for (const std::string& left : {std::string(), std::string(segment::kUnfinishedMagic, 8),
                                  std::string(segment::kUnfinishedMagic, 8) + std::string(5000, '\0')}) {
    write_bytes(left);
    Opened opened(url());
    EXPECT_EQ(opened->put(request("k", "v")), Reason::stored) << left.size();
  }
}

TEST_F(Shared, SixteenProcessesThatOpenANewNameAtOnceShareOneSegment) {
  struct Gate {
    std::atomic<int> ready{0};
    std::atomic<int> wrote{0};
  };
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove(path_);
    SharedPage<Gate> gate;
    std::vector<Child> children;
    for (int c = 0; c < 16; ++c) {
      children.emplace_back([&, c] {
        ++gate->ready;
        await([&] { return gate->ready == 16; });
        Opened opened(url());
        opened->put(request("from " + std::to_string(c), "v"));
        ++gate->wrote;
        if (!await([&] { return gate->wrote == 16; })) return 2;
        for (int other = 0; other < 16; ++other) {
          if (!has(opened, "from " + std::to_string(other))) return 3;
        }
        return 0;
      });
    }
    for (Child& child : children) EXPECT_EQ(child.wait(), 0) << "round " << round;
  }
}

TEST_F(Shared, TheOneWhoCreatedTheFileMayBeTheSecondToLockIt) {
  // Somebody else's empty file, as a creator leaves it between creating and locking.
  write_bytes("");
  Opened first(url());
  first->put(request("k", "v"));
  Opened second(url());
  EXPECT_TRUE(has(second, "k"));
}

TEST_F(Shared, AfterForkTheChildHasItsOwnPlaceAndEachDeathIsNoticed) {
  struct Scene {
    std::atomic<int> step{0};
  };
  SharedPage<Scene> scene;
  Opened watcher(url());
  // A parent that opens, forks, and is killed while its child lives on.
  SharedPage<std::atomic<int>> grandchild;
  Child parent([&] {
    Opened opened(url());
    if (opened->acquire("parent's", 1h).status != Acquire::Status::granted) return 1;
    const pid_t forked = fork();
    if (forked == 0) {
      if (opened->acquire("child's", 1h).status != Acquire::Status::granted) _exit(1);
      ++scene->step;
      while (true) pause();
    }
    *grandchild = forked;
    ++scene->step;
    while (true) pause();
    return 0;
  });
  ASSERT_TRUE(await([&] { return scene->step == 2; }));
  EXPECT_EQ(watcher->stats().processes, 3U);
  EXPECT_EQ(watcher->acquire("parent's", 1h).status, Acquire::Status::busy);
  parent.kill();
  EXPECT_EQ(watcher->acquire("parent's", 1h).status, Acquire::Status::granted) << "though its child lives";
  EXPECT_EQ(watcher->acquire("child's", 1h).status, Acquire::Status::busy);
  EXPECT_EQ(watcher->stats().processes, 2U);
  ::kill(*grandchild, SIGKILL);
  // Not our child: nobody tells us but the segment.
  EXPECT_TRUE(await([&] { return watcher->stats().processes == 1; }, 5s));
  EXPECT_EQ(watcher->acquire("child's", 1h).status, Acquire::Status::granted);
}

TEST_F(Shared, AChildForkedBeforeOpeningAndAMemorySegmentForkedAfter) {
  Child before([&] { return Opened(url())->put(request("from the child", "v")) == Reason::stored ? 0 : 1; });
  EXPECT_EQ(before.wait(), 0);
  Opened opened(url());
  EXPECT_TRUE(has(opened, "from the child"));

  Opened memory("memory:?size=1MiB");
  memory->put(request("from the parent", "v"));
  Child after([&] {
    if (!has(memory, "from the parent")) return 1;
    return memory->put(request("from the child", "v")) == Reason::stored ? 0 : 2;
  });
  EXPECT_EQ(after.wait(), 0);
  EXPECT_TRUE(has(memory, "from the child"));
}

TEST_F(Shared, SixtyFourGigabytes) {
  struct statvfs room {};
  ASSERT_EQ(statvfs(folder_.c_str(), &room), 0);
  const std::uint64_t free_bytes = room.f_bavail * room.f_frsize;
  if (free_bytes < (std::uint64_t{70} << 30)) GTEST_SKIP() << "needs 70 GiB of free disk";
  Opened opened(url("size=64GiB"));
  EXPECT_EQ(opened.segment->geometry.size_bytes, std::uint64_t{64} << 30);
  const std::string value = checkable("k", 1 << 20, 1);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(opened->put(request("k" + std::to_string(i), value)), Reason::stored);
  EXPECT_TRUE(has(opened, "k0"));
}

}  // namespace
}  // namespace freshet::witness
