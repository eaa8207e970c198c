// I4 as an application sees it: get_or_load in many threads of many processes, through public headers.
#include "tests/crash/child.h"

#include <freshet/freshet.h>

#include <filesystem>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace freshet::witness {
namespace {

using namespace std::chrono_literals;

constexpr int kProcesses = 4;
constexpr int kThreads = 16;
constexpr int kCallers = kProcesses * kThreads;

struct Scene {
  std::atomic<int> ready{0};
  std::atomic<int> loads{0};
  std::atomic<int> right{0};
  std::atomic<int> original{0};
  std::atomic<int> told{0};
  std::atomic<int> owner{0};
  std::atomic<std::int64_t> second_load_at{0};
};

std::int64_t steady_us() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct OwnError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class OneLoadThroughCache : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove("/dev/shm/freshet." + name_); }

  // Each process opens the segment for itself, and all its threads call at once.
  template <class Call>
  std::vector<Child> callers(Call call) {
    std::vector<Child> children;
    for (int p = 0; p < kProcesses; ++p) {
      children.emplace_back([this, call] {
        const Cache cache = open(url_);
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
          threads.emplace_back([&] {
            ++scene_->ready;
            await([&] { return scene_->ready == kCallers; });
            call(cache);
          });
        }
        for (auto& thread : threads) thread.join();
        return 0;
      });
    }
    return children;
  }

  const std::string name_ = "cold-" + std::to_string(getpid());
  const std::string url_ = "shared:" + name_ + "?size=1MiB";
  SharedPage<Scene> scene_;
};

TEST_F(OneLoadThroughCache, I4_SixtyFourCallersInFourProcessesLoadOnce) {
  auto children = callers([this](const Cache& cache) {
    const auto value = cache.get_or_load("cold", [this] {
      ++scene_->loads;
      return std::string("loaded");
    });
    scene_->right += *value == "loaded" ? 1 : 0;
  });
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(scene_->loads, 1);
  EXPECT_EQ(scene_->right, kCallers);
  const Stats stats = open(url_).stats();
  EXPECT_EQ(stats[Reason::loaded], 1u);
  EXPECT_EQ(stats[Reason::hit] + stats[Reason::hit_coalesced], std::uint64_t{kCallers - 1});
}

TEST_F(OneLoadThroughCache, I4_AKilledOwnerIsReplacedByOneWaiterWithinASecond) {
  auto children = callers([this](const Cache& cache) {
    const auto value = cache.get_or_load("cold", [this] {
      if (++scene_->loads == 1) {
        scene_->owner = getpid();
        while (true) pause();
      }
      scene_->second_load_at = steady_us();
      return std::string("loaded");
    });
    scene_->right += *value == "loaded" ? 1 : 0;
  });
  ASSERT_TRUE(await([&] { return scene_->owner != 0 && scene_->ready == kCallers; }));
  const std::int64_t killed_at = steady_us();
  for (Child& child : children) {
    if (child.pid() == scene_->owner) child.kill();
  }
  for (Child& child : children) {
    if (child.pid() > 0) {
      EXPECT_EQ(child.wait(), 0);
    }
  }
  EXPECT_EQ(scene_->loads, 2);
  EXPECT_LT(scene_->second_load_at - killed_at, 1'000'000);
  EXPECT_EQ(scene_->right, kCallers - kThreads);
  EXPECT_EQ(open(url_).stats()[Reason::load_taken_over], 1u);
}

TEST_F(OneLoadThroughCache, AnExceptionReachesEveryCallerInEveryProcess) {
  auto children = callers([this](const Cache& cache) {
    try {
      // Remembered, so that whoever comes too late to wait for this load is told of it as well.
      cache.get_or_load<int>("cold",
                             [this]() -> int {
                               ++scene_->loads;
                               throw OwnError("the database is down");
                             },
                             {.error_ttl = 1h});
    } catch (const OwnError& error) {
      scene_->original += error.what() == std::string("the database is down") ? 1 : 0;
    } catch (const LoadFailed& error) {
      scene_->told += std::string(error.what()).find("the database is down") != std::string::npos ? 1 : 0;
    }
  });
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(scene_->loads, 1);
  EXPECT_GE(scene_->original, 1);
  EXPECT_LE(scene_->original, kThreads) << "in the loader's own process only";
  EXPECT_EQ(scene_->original + scene_->told, kCallers);
}

}  // namespace
}  // namespace freshet::witness
