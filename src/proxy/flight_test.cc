// Who hears what of a flight, when memory goes, and when the one who fetches is paused. Everything on one thread here;
// across threads it is seen by the tests of the whole proxy.
#include "proxy/flight.h"

#include <gtest/gtest.h>

namespace freshet::proxy {
namespace {

class Listener : public FlightListener {
 public:
  void on_flight() override { ++told; }
  int told = 0;
};

std::shared_ptr<Outcome> streaming(bool shareable) {
  auto outcome = std::make_shared<Outcome>();
  outcome->kind = Outcome::Kind::stream;
  outcome->is_shareable = shareable;
  return outcome;
}

class Flights : public ::testing::Test {
 protected:
  // Runs what was posted, and ends.
  void run() {
    loop.post([this] { loop.stop(); });
    loop.run();
    // A loop that was stopped does not run again: each test looks once.
  }
  static std::string text(const Flight::View& view) {
    std::string out;
    for (const Chunk& chunk : view.chunks) out += *chunk;
    return out;
  }

  EventLoop loop;
  std::shared_ptr<Flight> flight = std::make_shared<Flight>();
  std::shared_ptr<Listener> one = std::make_shared<Listener>();
  std::shared_ptr<Listener> two = std::make_shared<Listener>();
  std::uint64_t first = 0, second = 0;
};

TEST_F(Flights, EachListenerReadsAllAtItsOwnPace) {
  ASSERT_TRUE(flight->join(loop, one, first));
  flight->set_outcome(streaming(true));
  flight->add("a");
  EXPECT_EQ(text(flight->read(first, 100)), "a");
  ASSERT_TRUE(flight->join(loop, two, second)) << "late, and still all of it is there";
  flight->add("b");
  flight->finish(Flight::End::whole);
  const Flight::View rest = flight->read(first, 100);
  EXPECT_EQ(text(rest), "b");
  EXPECT_EQ(rest.end, Flight::End::whole);
  const Flight::View part = flight->read(second, 1);
  EXPECT_EQ(text(part), "a") << "as much as it asked for";
  EXPECT_EQ(part.end, Flight::End::none) << "there is more";
  EXPECT_EQ(text(flight->read(second, 1)), "b");
  EXPECT_EQ(flight->body(), "ab");
}

TEST_F(Flights, AListenerIsToldOnceUntilItLooks) {
  flight->join(loop, one, first);
  for (int i = 0; i < 10; ++i) flight->add("x");
  run();
  EXPECT_EQ(one->told, 1);
}

TEST_F(Flights, WhoeverJoinsOneThatHasEndedIsTold) {
  flight->finish(Flight::End::cut_short);
  flight->join(loop, one, first);
  run();
  EXPECT_EQ(one->told, 1);
}

TEST_F(Flights, AListenerThatIsGoneIsNotTold) {
  flight->join(loop, one, first);
  flight->add("x");
  const std::weak_ptr<Listener> gone = one;
  one.reset();
  run();
  EXPECT_TRUE(gone.expired());
}

TEST_F(Flights, WhatIsNotStoredGoesWhenAllHaveReadIt) {
  flight->join(loop, one, first);
  flight->join(loop, two, second);
  flight->set_outcome(streaming(false));
  flight->add(std::string(1000, 'x'));
  bool resumed = false;
  EXPECT_FALSE(flight->has_room(500, loop, [&] { resumed = true; })) << "nobody has read it";
  flight->read(first, 2000);
  EXPECT_EQ(flight->body().size(), 1000u) << "the other one has not";
  flight->read(second, 2000);
  EXPECT_EQ(flight->body().size(), 0u);
  std::uint64_t late = 0;
  EXPECT_FALSE(flight->join(loop, one, late)) << "the beginning is gone";
  run();
  EXPECT_TRUE(resumed);
}

TEST_F(Flights, WhatIsStoredIsNeverPaused) {
  flight->join(loop, one, first);
  flight->set_outcome(streaming(true));
  flight->add(std::string(1000, 'x'));
  EXPECT_TRUE(flight->has_room(500, loop, [] {}));
  flight->stop_keeping();
  EXPECT_FALSE(flight->has_room(500, loop, [] {})) << "it grew too large to be stored";
}

TEST_F(Flights, WhenTheLastHasLeftTheFetchIsToldUnlessItStores) {
  bool deserted = false;
  flight->when_deserted(loop, [&] { deserted = true; });
  flight->join(loop, one, first);
  flight->set_outcome(streaming(false));
  flight->leave(first);
  run();
  EXPECT_TRUE(deserted);
}

TEST_F(Flights, AFetchThatStoresGoesOnForNobody) {
  bool deserted = false;
  flight->when_deserted(loop, [&] { deserted = true; });
  flight->join(loop, one, first);
  flight->set_outcome(streaming(true));
  flight->leave(first);
  run();
  EXPECT_FALSE(deserted);
}

TEST(FlightTable, HasOneFlightPerKeyUntilItIsRemoved) {
  FlightTable table;
  bool is_new = false;
  const auto flight = table.join_or_add("a", is_new);
  EXPECT_TRUE(is_new);
  EXPECT_EQ(table.join_or_add("a", is_new), flight);
  EXPECT_FALSE(is_new);
  EXPECT_NE(table.join_or_add("b", is_new), flight);
  table.remove("a", std::make_shared<Flight>());
  EXPECT_EQ(table.size(), 2u) << "another flight's end is not this one's";
  table.remove("a", flight);
  EXPECT_NE(table.join_or_add("a", is_new), flight);
}

}  // namespace
}  // namespace freshet::proxy
