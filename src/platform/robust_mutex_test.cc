#include "platform/robust_mutex.h"

#include <gtest/gtest.h>
#include <new>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace freshet::platform {
namespace {

TEST(RobustMutex, TheNextOwnerIsToldOfADeathInsideOnceAndMends) {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  auto& mutex = *new (page) RobustMutex;
  mutex.initialise();
  int mended = 0;
  {
    const RobustLock lock(mutex, [&] { ++mended; });
  }
  EXPECT_EQ(mended, 0);
  for (int death = 1; death <= 2; ++death) {
    const pid_t child = fork();
    if (child == 0) {
      if (mutex.lock()) raise(SIGKILL);  // told of the death before us, and dying too
      raise(SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
  }
  {
    const RobustLock lock(mutex, [&] { ++mended; });
  }
  EXPECT_EQ(mended, 1);
  {
    const RobustLock lock(mutex, [&] { ++mended; });
  }
  EXPECT_EQ(mended, 1);
  munmap(page, 4096);
}

}  // namespace
}  // namespace freshet::platform
