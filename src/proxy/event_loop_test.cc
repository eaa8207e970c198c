#include "proxy/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace freshet::proxy {
namespace {

using std::chrono::milliseconds;

TEST(EventLoop, RunsWhatOtherThreadsPostInTheirOrder) {
  EventLoop loop;
  std::vector<int> ran;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) loop.post([&, i] { ran.push_back(i); });
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  other.join();
  ASSERT_EQ(ran.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(EventLoop, WhatIsPostedByATaskRunsLaterAndNotWithinIt) {
  EventLoop loop;
  std::string order;
  loop.post([&] {
    loop.post([&] {
      order += "inner";
      loop.stop();
    });
    order += "outer ";
  });
  loop.run();
  EXPECT_EQ(order, "outer inner");
}

TEST(Timers, ComeInOrderAndCanBeMovedAndCancelled) {
  EventLoop loop;
  std::string order;
  Timer late(loop, [&] {
    order += "late";
    loop.stop();
  });
  Timer soon(loop, [&] { order += "soon "; });
  Timer moved(loop, [&] { order += "moved "; });
  Timer never(loop, [&] { order += "never "; });
  late.set(milliseconds(30));
  moved.set(milliseconds(1));
  soon.set(milliseconds(5));
  never.set(milliseconds(2));
  moved.set(milliseconds(15));
  never.cancel();
  loop.run();
  EXPECT_EQ(order, "soon moved late");
}

TEST(Timers, MayEndThemselvesWhileTheyAreCalled) {
  EventLoop loop;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&] {
    timer.reset();
    loop.stop();
  });
  timer->set(milliseconds(1));
  loop.run();
  EXPECT_EQ(timer, nullptr);
}

// Reads what there is; ends the other one at its first event.
class Rival : public Watcher {
 public:
  Rival(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {}
  void on_events(Events events) override {
    if (!events.readable) return;
    ++told;
    loop_.remove(rival->fd_, *rival);
    loop_.post([this] { loop_.stop(); });
  }
  Rival* rival = nullptr;
  int told = 0;

 private:
  EventLoop& loop_;
  int fd_;
};

TEST(EventLoop, WhoeverWasRemovedIsNotToldOfEventsAtHand) {
  EventLoop loop;
  int a[2], b[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, a), 0);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, b), 0);
  const Socket keep[] = {Socket(a[0]), Socket(a[1]), Socket(b[0]), Socket(b[1])};
  Rival one(loop, a[0]), two(loop, b[0]);
  one.rival = &two;
  two.rival = &one;
  ASSERT_TRUE(loop.add(a[0], one));
  ASSERT_TRUE(loop.add(b[0], two));
  ASSERT_EQ(::write(a[1], "x", 1), 1);
  ASSERT_EQ(::write(b[1], "x", 1), 1);
  loop.run();
  EXPECT_EQ(one.told + two.told, 1);
}

}  // namespace
}  // namespace freshet::proxy
