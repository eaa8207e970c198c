#include "platform/futex.h"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace freshet::platform {
namespace {

using namespace std::chrono_literals;

TEST(Futex, DoesNotSleepWhenTheWordHasChangedAlready) {
  std::atomic<std::uint32_t> word{1};
  futex_wait(word, 0, 1h);
}

TEST(Futex, WakesEverySleeper) {
  std::atomic<std::uint32_t> word{0};
  std::vector<std::thread> sleepers;
  for (int i = 0; i < 4; ++i) {
    sleepers.emplace_back([&] {
      while (word == 0) futex_wait(word, 0, 1h);
    });
  }
  word = 1;
  futex_wake_all(word);
  for (auto& sleeper : sleepers) sleeper.join();
}

TEST(Futex, ReturnsAtItsTimeOut) {
  std::atomic<std::uint32_t> word{0};
  futex_wait(word, 0, 1ms);
  futex_wait(word, 0, 0us);
  futex_wait(word, 0, -5us);
}

}  // namespace
}  // namespace freshet::platform
