#include "platform/byte_lock.h"

#include "platform/mapped_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace freshet::platform {
namespace {

TEST(ByteLock, ExcludesOtherDescriptionsAndIsNotSeenByItsOwn) {
  const File one = create_nameless("test");
  const File other(reopen(one.fd()));
  ASSERT_TRUE(other);
  EXPECT_TRUE(try_lock_byte(one.fd(), 5, LockKind::exclusive));
  EXPECT_FALSE(try_lock_byte(other.fd(), 5, LockKind::shared));
  EXPECT_TRUE(byte_is_locked_by_another(other.fd(), 5));
  EXPECT_FALSE(byte_is_locked_by_another(one.fd(), 5));
  EXPECT_FALSE(byte_is_locked_by_another(other.fd(), 6));
  EXPECT_TRUE(try_lock_byte(one.fd(), 5, LockKind::shared)) << "converted";
  EXPECT_TRUE(try_lock_byte(other.fd(), 5, LockKind::shared));
  EXPECT_FALSE(try_lock_byte(one.fd(), 5, LockKind::exclusive));
  unlock_byte(other.fd(), 5);
  EXPECT_TRUE(try_lock_byte(one.fd(), 5, LockKind::exclusive));
}

TEST(ByteLock, OutlivesItsProcessOnlyAsLongAsAMappingOrDescriptorOfItsDescription) {
  const File file = create_nameless("test");
  ASSERT_EQ(reserve(file.fd(), 4096, ""), 0);
  const pid_t child = fork();
  if (child == 0) {
    const File own(reopen(file.fd()));
    if (!try_lock_byte(own.fd(), 1, LockKind::exclusive)) _exit(1);
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(byte_is_locked_by_another(file.fd(), 1));
  // Why a segment is mapped through a description of its own: a mapping alone keeps the locks.
  File holder(reopen(file.fd()));
  ASSERT_TRUE(try_lock_byte(holder.fd(), 1, LockKind::exclusive));
  {
    const Mapping mapping(holder.fd(), 4096);
    holder = File();
    EXPECT_TRUE(byte_is_locked_by_another(file.fd(), 1));
  }
  EXPECT_FALSE(byte_is_locked_by_another(file.fd(), 1));
}

}  // namespace
}  // namespace freshet::platform
