// Many callers of one view at once: one handler runs, and the others wait for what it stores, or fail with it.
#include "response_cache/sample_views.h"

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace freshet::response_cache {
namespace {

constexpr int kCallers = 32;

// Runs `call` on many threads at once.
template <class Call>
void crowd(Call&& call) {
  std::vector<std::thread> threads;
  threads.reserve(kCallers);
  for (int i = 0; i < kCallers; ++i) threads.emplace_back(call);
  for (std::thread& thread : threads) thread.join();
}

class Stampede : public ::testing::Test {
 protected:
  Cache cache = open("memory:?size=8MiB");
  ResponseCache views{cache};
  Route route;
  std::latch all_here{kCallers};
  std::atomic<int> calls{0};
};

TEST_F(Stampede, OneHandlerRunsForAllWhoAskForAColdPage) {
  route.ttl = std::chrono::minutes(1);
  std::atomic<int> good{0};
  crowd([&] {
    all_here.count_down();
    const HttpAnswer answer = views.answer(get(), route, [&](const HttpRequest&) {
      ++calls;
      all_here.wait();  // until everybody has come to ask: the worst case
      return page();
    });
    if (answer.response.body == "hello" && answer.response.status == 200) ++good;
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(good, kCallers);
}

TEST_F(Stampede, WhoeverWaitedForAHandlerThatThrewFailsToo) {
  route.ttl = std::chrono::minutes(1);
  std::atomic<int> own{0}, others{0};
  crowd([&] {
    all_here.count_down();
    try {
      views.answer(get(), route, [&](const HttpRequest&) -> HttpResponse {
        ++calls;
        all_here.wait();
        throw std::invalid_argument("no database");
      });
    } catch (const std::invalid_argument&) {
      ++own;
    } catch (const LoadFailed& error) {
      if (std::string(error.what()) == "no database") ++others;
    }
  });
  EXPECT_EQ(own, calls);
  EXPECT_EQ(own + others, kCallers);
}

TEST_F(Stampede, WhatIsNotStoredEachMakesHimself) {
  std::atomic<int> good{0};
  crowd([&] {
    const int own = views.answer(get(), route,
                                 [&](const HttpRequest&) {
                                   return page(std::to_string(++calls), {{"Set-Cookie", "id=1"}});
                                 })
                            .response.body.empty()
                        ? 0
                        : 1;
    good += own;
  });
  EXPECT_EQ(calls, kCallers) << "nobody gets another's cookie";
  EXPECT_EQ(good, kCallers);
}

}  // namespace
}  // namespace freshet::response_cache
