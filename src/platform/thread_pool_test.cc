// The thread pool: bounded, lazy, and new in a child.
#include <freshet/executor.h>

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <latch>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define FRESHET_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FRESHET_UNDER_TSAN 1
#endif
#endif

namespace freshet {
namespace {

TEST(ThreadPool, RunsTasksAndItsDestructorFinishesThem) {
  std::atomic<int> ran{0};
  {
    auto pool = thread_pool(2, 100);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(pool->submit([&ran] { ++ran; }));
    }
  }
  EXPECT_EQ(ran, 100);
}

TEST(ThreadPool, RefusesWhenThreadsAndQueueAreFull) {
  std::latch started(1);
  std::promise<void> gate;
  auto open = gate.get_future().share();
  auto pool = thread_pool(1, 1);
  ASSERT_TRUE(pool->submit([&] {
    started.count_down();
    open.wait();
  }));
  started.wait();
  EXPECT_TRUE(pool->submit([] {}));
  bool ran = false;
  EXPECT_FALSE(pool->submit([&ran] { ran = true; }));
  gate.set_value();
  pool.reset();
  EXPECT_FALSE(ran);
}

TEST(ThreadPool, MayBeDestroyedByItsOwnTask) {
  std::promise<void> last;
  {
    auto pool = thread_pool(1, 8);
    auto* raw = pool.get();
    raw->submit([own = std::move(pool), &last]() mutable {
      own->submit([&last] { last.set_value(); });
      own.reset();
    });
  }
  last.get_future().wait();
}

TEST(ThreadPool, StartsAnewInAForkedChild) {
#ifdef FRESHET_UNDER_TSAN
  GTEST_SKIP() << "ThreadSanitizer does not let a child of a threaded process start threads";
#endif
  auto pool = thread_pool(2, 8);
  std::promise<void> ran;
  pool->submit([&ran] { ran.set_value(); });
  ran.get_future().wait();
  const pid_t child = fork();
  if (child == 0) {
    std::promise<void> in_child;
    const bool taken = pool->submit([&in_child] { in_child.set_value(); });
    if (taken) in_child.get_future().wait();
    pool.reset();
    _exit(taken ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace freshet
