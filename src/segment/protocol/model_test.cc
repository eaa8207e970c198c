// I3 and I4 in every state that three processes can come to, whoever dies before whichever step; and each way to break
// the protocol is found, so that the search could fail.
#include "segment/protocol/model.h"

#include "segment/protocol/state_search.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace freshet::segment::protocol {
namespace {

using Outcome = StateSearch<Model>::Outcome;

Outcome search(const Scenario& scenario, Flaw flaw = Flaw::none) {
  const Model model(scenario, flaw);
  return StateSearch<Model>(model).run();
}

std::string call_names(const Scenario& scenario) {
  std::string text;
  for (std::size_t p = 0; p < kProcesses; ++p) {
    text += p == 0 ? "" : " | ";
    for (const Call call : scenario.calls[p]) text += std::string(name(call)) + " ";
    text += "of key " + std::to_string(scenario.key[p]);
  }
  return text;
}

void expect_right(const Scenario& scenario, const Outcome& outcome) {
  EXPECT_EQ(outcome.breach, "") << call_names(scenario) << "\n" << outcome.trace;
  EXPECT_TRUE(outcome.whole) << call_names(scenario) << ": more states than the search may keep";
  EXPECT_GT(outcome.settled, 0U) << call_names(scenario);
}

constexpr Call kAllCalls[] = {Call::load,     Call::load_large, Call::load_failing, Call::load_unstored, Call::by_tag,
                              Call::by_clear, Call::by_erase,   Call::by_set,       Call::by_retime};

// A set says what the value is now. Two writers that do not exclude each other between commit and set may say it in the
// wrong order, with any cache; so who sets is the only one who commits.
bool writers_exclude_each_other(const Scenario& scenario) {
  int writers = 0;
  bool sets = false;
  for (const auto& calls : scenario.calls) {
    bool writes = false;
    for (const Call call : calls) {
      writes = writes || !loads(call);
      sets = sets || call == Call::by_set;
    }
    writers += writes ? 1 : 0;
  }
  return !sets || writers == 1;
}

void report(const char* what, std::size_t searches, std::size_t states, std::size_t moves, std::size_t depth) {
  std::printf("%s: %zu searches, %zu states, %zu moves, at most %zu deep\n", what, searches, states, moves, depth);
  ::testing::Test::RecordProperty("states", std::to_string(states));
}

TEST(Protocol, I3_I4_HoldForAnyThreeCallsOfAKeyWithDeathBeforeAnyStep) {
  std::size_t searches = 0, states = 0, moves = 0, depth = 0;
  std::vector<bool> taken(static_cast<std::size_t>(Step::kCount));
  for (std::size_t a = 0; a < std::size(kAllCalls); ++a) {
    for (std::size_t b = a; b < std::size(kAllCalls); ++b) {
      for (std::size_t c = b; c < std::size(kAllCalls); ++c) {
        const Scenario scenario{.name = "any three", .calls = {{{kAllCalls[a]}, {kAllCalls[b]}, {kAllCalls[c]}}}};
        if (!writers_exclude_each_other(scenario)) continue;
        const Outcome outcome = search(scenario);
        expect_right(scenario, outcome);
        ++searches;
        states += outcome.states;
        moves += outcome.moves;
        depth = std::max(depth, outcome.depth);
        for (std::size_t i = 0; i < outcome.taken.size(); ++i) taken[i] = taken[i] || outcome.taken[i];
      }
    }
  }
  report("any three calls", searches, states, moves, depth);
  // Nothing of the model is dead, or it would prove less than it says.
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const auto step = static_cast<Step>(i);
    // Of one key: nobody comes by another's lease.
    if (step == Step::done || step == Step::grant_count_late || step == Step::sweep) continue;
    EXPECT_TRUE(taken[i]) << "nobody ever comes to " << name(step);
  }
}

const std::vector<Scenario>& scenarios() {
  using enum Call;
  static const std::vector<Scenario> all = {
      // Three loads of a key, one after another in each process; a process is born in the slot of a dead one.
      {"loads_again_and_births", {{{load, load}, {load, load}, {load, load}}}, {}, 1, 2, 1},
      {"tag_between_loads", {{{load}, {load, by_tag}, {load, by_tag}}}},
      {"tag_then_load_beside_erase", {{{by_tag, load}, {load, load}, {by_erase}}}},
      {"set_between_loads", {{{by_set, load}, {load, load}, {load_large}}}},
      {"invalidations_in_a_row", {{{by_clear, by_tag}, {load}, {load, load}}}},
      // One lease for two keys: the entry of an owner that died or is late is given to the other key.
      {"two_keys_share_a_lease", {{{load, load}, {load}, {by_erase, load}}}, {0, 1, 0}, 1, 2, 0},
      {"two_keys_share_a_lease_with_births", {{{load}, {load_failing}, {load}}}, {0, 1, 0}, 1, 2, 1},
      {"two_keys_two_leases", {{{load_failing}, {load, load}, {by_retime}}}, {0, 1, 0}, 2, 2, 0},
      // Who waits for a dead owner makes its lease nobody's; who comes for the other key ends it.
      {"a_lease_is_swept", {{{load}, {load}, {load_failing, by_erase}}}, {0, 0, 1}, 2, 2, 0},
      {"two_leases_one_key", {{{load, load}, {load}, {by_erase}}}, {}, 2, 2, 0},
      {"large_beside_erase_with_births", {{{load_large}, {load}, {by_erase}}}, {}, 1, 2, 1},
      // Without deadlines: nothing but the owner's death lets anybody take over.
      {"no_deadlines", {{{load, by_tag}, {load, load}, {load, load}}}, {}, 1, 2, 0, false},
  };
  return all;
}

class Explored : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Explored, I3_I4_HoldWithDeathBeforeAnyStep) {
  const Scenario& scenario = scenarios()[GetParam()];
  ASSERT_TRUE(writers_exclude_each_other(scenario));
  const Outcome outcome = search(scenario);
  expect_right(scenario, outcome);
  if (scenario.name == "a_lease_is_swept") {
    EXPECT_TRUE(outcome.taken[static_cast<std::size_t>(Step::sweep)]);
  }
  report(std::string(scenario.name).c_str(), 1, outcome.states, outcome.moves, outcome.depth);
}

INSTANTIATE_TEST_SUITE_P(Protocol, Explored, ::testing::Range(std::size_t{0}, scenarios().size()),
                         [](const auto& test) { return std::string(scenarios()[test.param].name); });

// What a flaw leads to, in a scenario in which it can.
struct Mutation {
  Flaw flaw;
  const char* breach;  ///< how it begins
  Scenario scenario;
};

const std::vector<Mutation>& mutations() {
  using enum Call;
  static const std::vector<Mutation> all = {
      {Flaw::no_fence_check, "I3: a fill is stored", {"", {{{load}, {load}, {by_tag}}}}},
      {Flaw::reader_trusts_sequences, "I3: a look", {"", {{{load}, {load}, {by_clear}}}}},
      {Flaw::sequence_after_load, "I3: whoever looks now", {"", {{{load}, {load}, {by_tag}}}}},
      {Flaw::slot_before_number, "I3: whoever looks now", {"", {{{load}, {load}, {by_tag}}}}},
      {Flaw::number_guessed, "I6", {"", {{{load}, {load}, {by_clear}}}}},
      {Flaw::slot_falls_back, "I3: whoever looks now", {"", {{{load}, {by_tag}, {by_tag}}}}},
      {Flaw::no_token_check, "I4: somebody ends a load", {"", {{{load}, {load}, {load}}}}},
      {Flaw::takeover_keeps_token, "I4: two that live", {"", {{{load}, {load}, {load}}}}},
      {Flaw::takeover_of_the_living, "I4: a lease is taken over", {"", {{{load}, {load}, {load}}}}},
      // As it was until the model found it.
      {Flaw::key_before_token, "I3: a fill is stored", {"", {{{load, load}, {load}, {by_erase, load}}}, {0, 1, 0}}},
      {Flaw::state_before_token, "I4: somebody ends a load", {"", {{{load}, {load}, {by_erase}}}}},
      {Flaw::no_second_check, "I4: a fill without the right", {"", {{{load_large}, {load}, {by_erase}}}}},
      {Flaw::erase_supersedes_nothing, "I3: a fill is stored", {"", {{{load}, {load}, {by_erase}}}}},
      {Flaw::set_supersedes_nothing, "I3: a fill is stored", {"", {{{load}, {load}, {by_set}}}}},
      {Flaw::retime_supersedes_nothing, "I3: a fill is stored", {"", {{{load}, {load}, {by_retime}}}}},
      {Flaw::death_unnoticed, "nobody who lives gets", {"", {{{load}, {load}, {load}}}}},
      {Flaw::slot_freed_before_take_back, "I4", {"", {{{load}, {load}, {load}}}, {}, 1, 2, 1}},
      {Flaw::counted_late_and_not_mended, "I4", {"", {{{load}, {load}, {by_erase}}}, {}, 2}},
      {Flaw::refusal_keeps_lease, "I4: a call has returned", {"", {{{load}, {load}, {by_tag}}}}},
      {Flaw::wakes_before_it_ends, "nobody has died", {"", {{{load}, {load}, {load}}}}},
      {Flaw::waiter_reads_token_first, "I4: a waiter takes", {"", {{{load}, {load_failing}, {load}}}, {0, 1, 0}}},
      {Flaw::sweep_spares_nobody, "I4: a lease is swept", {"", {{{load}, {load}, {by_erase}}}, {0, 1, 1}, 2}},
  };
  return all;
}

class Flawed : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Flawed, IsFoundWithAWayThatLeadsToIt) {
  const Mutation& mutation = mutations()[GetParam()];
  expect_right(mutation.scenario, search(mutation.scenario));
  const Outcome outcome = search(mutation.scenario, mutation.flaw);
  EXPECT_TRUE(outcome.breach.starts_with(mutation.breach)) << "\"" << outcome.breach << "\"\n" << outcome.trace;
  EXPECT_NE(outcome.trace.find("=> " + outcome.breach), std::string::npos);
  std::printf("%s: %zu states until %s\n%s", std::string(name(mutation.flaw)).c_str(), outcome.states,
              outcome.breach.c_str(), outcome.trace.c_str());
}

INSTANTIATE_TEST_SUITE_P(Protocol, Flawed, ::testing::Range(std::size_t{0}, mutations().size()),
                         [](const auto& test) { return std::string(name(mutations()[test.param].flaw)); });

TEST(Flawed, EveryFlawIsTried) {
  std::vector<bool> tried(static_cast<std::size_t>(Flaw::kCount));
  for (const Mutation& mutation : mutations()) tried[static_cast<std::size_t>(mutation.flaw)] = true;
  for (std::size_t i = 1; i < tried.size(); ++i) EXPECT_TRUE(tried[i]) << name(static_cast<Flaw>(i));
}

}  // namespace
}  // namespace freshet::segment::protocol
