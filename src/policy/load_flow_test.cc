#include "policy/load_flow.h"

#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>
#include <ostream>
#include <string>

namespace freshet::policy {
namespace {

using namespace std::chrono_literals;
using Kind = Event::Kind;

constexpr Instant kNow = Instant{} + std::chrono::hours(24 * 365 * 50);

Event event(Kind kind) {
  Event made;
  made.kind = kind;
  made.now = kNow;
  return made;
}
Event looked(Duration fresh_for, std::uint64_t version = 1) {
  Event made = event(Kind::looked);
  made.finding.fetch.found = true;
  made.finding.fetch.reason = Reason::hit;
  made.finding.fetch.meta.fresh_until = kNow + fresh_for;
  made.finding.fetch.meta.keep_until = kNow + fresh_for + 1h;
  made.finding.fetch.meta.load_cost = 1s;
  made.finding.fetch.meta.version = version;
  return made;
}
// Stale since 20 s; a load failed so long ago.
Event looked_at_failing(Duration failed_ago) {
  Event made = looked(-20s);
  made.finding.failed_at = kNow - failed_ago;
  return made;
}
Event missed(Reason reason = Reason::miss_absent) {
  Event made = event(Kind::looked);
  made.finding.fetch.reason = reason;
  return made;
}
Event waited(LoadEnd end, Duration elapsed = 0s) {
  Event made = event(Kind::waited);
  made.end = end;
  made.elapsed = elapsed;
  return made;
}
Event after(Event made, Duration elapsed) {
  made.elapsed = elapsed;
  return made;
}

// A conversation: what happened, and what the flow must want next.
struct Turn {
  Event event;
  Action action;
  std::optional<Reason> reason = std::nullopt;
};
struct Talk {
  const char* what;
  Options options;
  Situation situation;
  std::vector<Turn> turns;
};

const Options kPlain;
const Options kSwr{.stale_while_revalidate = 30s};
const Options kSie{.stale_if_error = 30s};
const Options kPause{.stale_if_error = 30s, .error_ttl = 5s};
const Options kSoft{.stale_if_error = 30s, .soft_timeout = 1s};
const Options kHard{.hard_timeout = 2s};
const Options kBoth{.stale_if_error = 30s, .soft_timeout = 1s, .hard_timeout = 2s};
const Options kEarly{.early_refresh = 1e9};
const Situation kUsual;
const Situation kReentrant{.reentrant = true};
const Situation kBadKey{.shareable = false};
const Situation kMustNotOutlive{.may_detach = false};
const Situation kOnExecutor{.may_await = false};

std::ostream& operator<<(std::ostream& out, const Talk& talk) { return out << talk.what; }

std::string test_name(const ::testing::TestParamInfo<Talk>& talk) {
  std::string name = talk.param.what;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

class LoadFlowTable : public ::testing::TestWithParam<Talk> {};

TEST_P(LoadFlowTable, SaysWhatToDoNext) {
  const Talk& talk = GetParam();
  LoadFlow flow(talk.options, talk.situation);
  for (std::size_t i = 0; i < talk.turns.size(); ++i) {
    const Step step = flow.next(talk.turns[i].event);
    ASSERT_EQ(step.action, talk.turns[i].action) << talk.what << ", turn " << i;
    if (talk.turns[i].reason) {
      ASSERT_EQ(name(step.reason), name(*talk.turns[i].reason)) << talk.what << ", turn " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, LoadFlowTable,
    ::testing::Values(
        Talk{"a fresh hit", kPlain, kUsual, {{looked(10s), Action::serve, Reason::hit}}},
        Talk{"a miss loads after a second look",
             kPlain,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {missed(), Action::load_inline},
              {event(Kind::loaded), Action::give_loaded, Reason::loaded}}},
        Talk{"the second look finds what another stored",
             kPlain,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(10s), Action::release},
              {event(Kind::released), Action::serve, Reason::hit_coalesced}}},
        Talk{"a waiter is served what was stored",
             kPlain,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::stored), Action::look_up},
              {looked(10s), Action::serve, Reason::hit_coalesced}}},
        Talk{"a waiter is served even what was stored without a ttl",
             kPlain,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::stored), Action::look_up},
              {looked(0s), Action::serve, Reason::hit_coalesced}}},
        Talk{"not stored: load unshared, at once",
             kPlain,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::not_stored), Action::load_inline}}},
        Talk{"superseded: look again and load anew",
             kPlain,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::superseded), Action::look_up},
              {missed(), Action::acquire}}},
        Talk{"the owner died: take over",
             kPlain,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::owner_died), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {missed(), Action::load_inline}}},
        Talk{"the owner failed: fail alike",
             kPlain,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::failed), Action::fail, Reason::load_failed}}},
        Talk{"the owner failed, but a stale value may stand in",
             kSie,
             kUsual,
             {{looked(-1s), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::failed), Action::serve, Reason::stale_on_error}}},
        Talk{"failed lately: the stale value, without a lease",
             kPause,
             kUsual,
             {{looked_at_failing(4s), Action::serve, Reason::stale_on_error}}},
        Talk{"failed a while ago: try again",
             kPause,
             kUsual,
             {{looked_at_failing(5s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked_at_failing(5s), Action::load_inline}}},
        Talk{"failed a while ago, somebody else tries again: the stale value, without waiting",
             kPause,
             kUsual,
             {{looked_at_failing(5s), Action::acquire}, {event(Kind::busy), Action::serve, Reason::stale_on_error}}},
        Talk{"failed lately, as seen only after the grant: give the lease back",
             kPause,
             kUsual,
             {{looked(-20s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked_at_failing(1s), Action::release},
              {event(Kind::released), Action::serve, Reason::stale_on_error}}},
        Talk{"its own load failed, but a stale value may stand in",
             kSie,
             kUsual,
             {{looked(-1s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(-1s), Action::load_inline},
              {event(Kind::failed), Action::serve, Reason::stale_on_error}}},
        Talk{"no lease to be had: load unshared",
             kPlain,
             kUsual,
             {{missed(), Action::acquire}, {event(Kind::unavailable), Action::load_inline}}},
        Talk{"a bad key never asks for a lease",
             kPlain,
             kBadKey,
             {{missed(Reason::miss_bad_key), Action::load_inline, Reason::miss_bad_key}}},
        Talk{"a loader that asks for its own key does not wait for itself",
             kBoth,
             kReentrant,
             {{missed(), Action::load_inline}}},
        Talk{"stale within swr: serve and refresh",
             kSwr,
             kUsual,
             {{looked(-1s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(-1s), Action::refresh},
              {event(Kind::submitted), Action::serve, Reason::stale_revalidating}}},
        Talk{"stale within swr, refreshed meanwhile",
             kSwr,
             kUsual,
             {{looked(-1s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(10s, 2), Action::release},
              {event(Kind::released), Action::serve, Reason::hit_coalesced}}},
        Talk{"stale within swr, invalidated meanwhile: load after all",
             kSwr,
             kUsual,
             {{looked(-1s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {missed(Reason::miss_invalidated), Action::load_inline}}},
        Talk{"stale within swr, somebody refreshes already",
             kSwr,
             kUsual,
             {{looked(-1s), Action::acquire}, {event(Kind::busy), Action::serve, Reason::stale_revalidating}}},
        Talk{"stale within swr, the executor is full",
             kSwr,
             kUsual,
             {{looked(-1s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(-1s), Action::refresh},
              {event(Kind::refused), Action::release},
              {event(Kind::released), Action::serve, Reason::stale_revalidating}}},
        Talk{"stale within swr, from within its own loader",
             kSwr,
             kReentrant,
             {{looked(-1s), Action::serve, Reason::stale_revalidating}}},
        Talk{"stale within swr, with a loader that cannot outlive the call",
             kSwr,
             kMustNotOutlive,
             {{looked(-1s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(-1s), Action::load_inline}}},
        Talk{"early refresh",
             kEarly,
             kUsual,
             {{looked(10s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(10s), Action::refresh},
              {event(Kind::submitted), Action::serve, Reason::hit_early_refresh}}},
        Talk{"early refresh, done by another between look and lease",
             kEarly,
             kUsual,
             {{looked(10s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(10s, 2), Action::release},
              {event(Kind::released), Action::serve, Reason::hit_coalesced}}},
        Talk{"early refresh, somebody does it already",
             kEarly,
             kUsual,
             {{looked(10s), Action::acquire}, {event(Kind::busy), Action::serve, Reason::hit}}},
        Talk{"soft timeout without a stale value changes nothing",
             kSoft,
             kUsual,
             {{missed(), Action::acquire}, {event(Kind::granted), Action::look_up}, {missed(), Action::load_inline}}},
        Talk{"soft timeout strikes: stale",
             kSoft,
             kUsual,
             {{looked(-1s), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {looked(-1s), Action::load_offloaded},
              {event(Kind::submitted), Action::await_load},
              {after(event(Kind::timed_out), 1s), Action::serve, Reason::stale_on_timeout}}},
        Talk{"soft timeout strikes a waiter: stale",
             kSoft,
             kUsual,
             {{looked(-1s), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::timeout, 1s), Action::serve, Reason::stale_on_timeout}}},
        Talk{"the executor refuses: the caller loads",
             kHard,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {missed(), Action::load_offloaded},
              {event(Kind::refused), Action::load_inline}}},
        Talk{"on the executor's own thread the caller loads",
             kHard,
             kOnExecutor,
             {{missed(), Action::acquire}, {event(Kind::granted), Action::look_up}, {missed(), Action::load_inline}}},
        Talk{"hard timeout strikes: no value",
             kHard,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::granted), Action::look_up},
              {missed(), Action::load_offloaded},
              {event(Kind::submitted), Action::await_load},
              {after(event(Kind::timed_out), 2s), Action::time_out, Reason::load_timed_out}}},
        Talk{"hard timeout strikes a waiter",
             kHard,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::timeout, 2s), Action::time_out, Reason::load_timed_out}}},
        Talk{"a timer that was early waits on",
             kHard,
             kUsual,
             {{missed(), Action::acquire},
              {event(Kind::busy), Action::wait},
              {waited(LoadEnd::timeout, 1s), Action::wait}}}),
    test_name);

TEST(LoadFlow, GivesUpOnLeasesAfterSoManyRounds) {
  LoadFlow flow(kPlain, kUsual);
  Step step = flow.next(missed());
  int acquires = 0;
  while (step.action == Action::acquire) {
    ++acquires;
    ASSERT_EQ(flow.next(event(Kind::busy)).action, Action::wait);
    ASSERT_EQ(flow.next(waited(LoadEnd::superseded)).action, Action::look_up);
    step = flow.next(missed());
  }
  EXPECT_EQ(acquires, LoadFlow::kMaxRounds);
  EXPECT_EQ(step.action, Action::load_inline);
  EXPECT_FALSE(flow.leased());
}

TEST(LoadFlow, TimeoutsCountFromTheBeginningOfTheCall) {
  LoadFlow flow(kBoth, kUsual);
  EXPECT_EQ(flow.next(after(looked(-1s), 100ms)).action, Action::acquire);
  EXPECT_EQ(flow.next(after(event(Kind::busy), 200ms)).timeout, 800ms);
  LoadFlow without_stale(kBoth, kUsual);
  EXPECT_EQ(without_stale.next(missed()).action, Action::acquire);
  EXPECT_EQ(without_stale.next(after(event(Kind::busy), 500ms)).timeout, 1500ms);
}

TEST(LoadFlow, AStaleSpanThatEndsDuringTheLoadNoLongerHelps) {
  LoadFlow flow(kSie, kUsual);
  flow.next(looked(-29s));
  flow.next(event(Kind::granted));
  flow.next(looked(-29s));
  Event failed = event(Kind::failed);
  failed.now = kNow + 2s;
  EXPECT_EQ(flow.next(failed).action, Action::fail);
}

TEST(LoadFlow, RemembersWhyTheFirstLookMissed) {
  LoadFlow flow(kPlain, kUsual);
  flow.next(missed(Reason::miss_evicted));
  flow.next(event(Kind::granted));
  flow.next(missed(Reason::miss_absent));
  EXPECT_EQ(flow.first_reason(), Reason::miss_evicted);
}

}  // namespace
}  // namespace freshet::policy
