// Several processes behind one segment: a page is made once for all of them, and one of them makes all forget it.
#include <freshet/response_cache.h>

#include <atomic>
#include <gtest/gtest.h>
#include <new>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace middleware {
namespace {

using namespace std::chrono_literals;

constexpr int kProcesses = 4;
constexpr int kThreads = 8;

// Seen by all processes.
struct Shared {
  std::atomic<int> arrived{0};
  std::atomic<int> calls{0};
  std::atomic<int> good{0};
};

class Processes : public ::testing::Test {
 protected:
  Processes() {
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared = new (memory) Shared;
    request.authority = "example.org";
  }
  void TearDown() override { ::munmap(shared, sizeof(Shared)); }

  // Runs `work` in processes of their own; true if all ended well.
  template <class Work>
  static bool in_children(int count, Work&& work) {
    std::vector<pid_t> children;
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        work();
        ::_exit(0);
      }
      children.push_back(child);
    }
    bool well = true;
    for (const pid_t child : children) {
      int status = 0;
      well = ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0 && well;
    }
    return well;
  }

  Shared* shared = nullptr;
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  freshet::ResponseCache views{cache};
  freshet::Route route{.ttl = 60s, .tags = {"products"}};
  freshet::HttpRequest request;
};

TEST_F(Processes, OneHandlerRunsForAllThreadsOfAllProcesses) {
  EXPECT_TRUE(in_children(kProcesses, [&] {
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        ++shared->arrived;
        const auto answer = views.answer(request, route, [&](const freshet::HttpRequest&) {
          ++shared->calls;
          while (shared->arrived < kProcesses * kThreads) std::this_thread::yield();
          return freshet::HttpResponse{200, {}, "made once"};
        });
        if (answer.response.body == "made once") ++shared->good;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }));
  EXPECT_EQ(shared->calls, 1);
  EXPECT_EQ(shared->good, kProcesses * kThreads);
}

TEST_F(Processes, AnotherProcessInvalidatesWhatThisOneStoredAndWhatItIsMaking) {
  const auto invalidate = [&] { return in_children(1, [&] { cache.invalidate_tag("products"); }); };
  const auto make = [&](const freshet::HttpRequest&) {
    return freshet::HttpResponse{200, {}, std::to_string(++shared->calls)};
  };
  EXPECT_EQ(views.answer(request, route, make).response.body, "1");
  EXPECT_EQ(views.answer(request, route, make).response.body, "1");
  ASSERT_TRUE(invalidate());
  const auto overtaken = views.answer(request, route, [&](const freshet::HttpRequest& seen) {
    freshet::HttpResponse made = make(seen);
    EXPECT_TRUE(invalidate());
    return made;
  });
  EXPECT_EQ(overtaken.reason, freshet::Reason::miss_invalidated);
  EXPECT_EQ(overtaken.stored, freshet::Reason::refused_invalidated);
  EXPECT_EQ(views.answer(request, route, make).response.body, "3");
}

}  // namespace
}  // namespace middleware
