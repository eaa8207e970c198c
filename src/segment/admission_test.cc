#include "segment/admission.h"

#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace freshet::segment {
namespace {

constexpr std::uint64_t kLog = 64 * 1024;

double no_dice() {
  ADD_FAILURE() << "equal sizes and costs need no chance";
  return 0;
}

struct AdmissionTest : testing::Test {
  EvictionState state{};
  Admission admission{state, kLog};
  AdmissionTest() { Admission::format(state, kLog); }

  void set_success(Trial trial, double rate) {
    state.success[static_cast<std::size_t>(trial) - 1].store(static_cast<std::uint32_t>(rate * 65536));
  }
  void set_returns(double rate) { state.returns.store(static_cast<std::uint32_t>(rate * 65536)); }
  GhostMark ghost(Queue from) const { return {from, admission.stamp(from)}; }
  Entrance enter(const GhostMark& mark, std::uint64_t small_bytes = 0) {
    return admission.enter(mark, 64, small_bytes, kLog / 2, 1024);
  }
};

TEST_F(AdmissionTest, WhatWasReadTwiceGoesToMainAndWhatWasNotReadLeaves) {
  EXPECT_TRUE(admission.at_small_end(2, 1, no_dice).stays);
  EXPECT_EQ(admission.at_small_end(3, 1, no_dice).trial, Trial::none);
  EXPECT_EQ(admission.at_small_end(3, 1, no_dice).hits, 0U);
  EXPECT_FALSE(admission.at_small_end(0, 1, no_dice).stays);
}

TEST_F(AdmissionTest, ReadOnceIsLetInWhenThatHasPaidAndEveryEighthTimeElse) {
  int stayed = 0;
  for (int i = 0; i < 80; ++i) stayed += admission.at_small_end(1, 1, no_dice).stays ? 1 : 0;
  EXPECT_EQ(stayed, 10);
  set_success(Trial::read_once, 0.5);
  set_returns(0.4);
  for (int i = 0; i < 80; ++i) {
    const Fate fate = admission.at_small_end(1, 1, no_dice);
    EXPECT_TRUE(fate.stays);
    EXPECT_EQ(fate.trial, Trial::read_once);
  }
}

TEST_F(AdmissionTest, MainGoesRoundForOneHitAndDropsWhatHasNone) {
  EXPECT_EQ(admission.at_main_end(3, Trial::none, 1, no_dice).hits, 2U);
  EXPECT_TRUE(admission.at_main_end(1, Trial::none, 1, no_dice).stays);
  EXPECT_FALSE(admission.at_main_end(0, Trial::none, 1, no_dice).stays);
}

TEST_F(AdmissionTest, ATrialIsJudgedOnceByWhetherItWasRead) {
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(admission.at_main_end(1, Trial::read_once, 1, no_dice).trial, Trial::none) << "the trial is over";
    admission.at_main_end(0, Trial::small_ghost, 1, no_dice);
  }
  EXPECT_GT(state.success[0].load(), 65536U * 9 / 10);
  EXPECT_LT(state.success[1].load(), 65536U / 10);
  EXPECT_EQ(state.success[2].load(), 65536U) << "untouched";
}

TEST_F(AdmissionTest, AGhostThatReturnsSoonIsLetIntoMainAndALateOneIsNot) {
  const GhostMark early = ghost(Queue::small);
  EXPECT_EQ(enter(early).queue, Queue::main);
  EXPECT_EQ(enter(early).trial, Trial::small_ghost);
  admission.cleaned(Queue::small, kLog + 1024);
  EXPECT_EQ(enter(early).queue, Queue::small);
  EXPECT_TRUE(admission.forgotten(early));
  const GhostMark of_main = ghost(Queue::main);
  admission.cleaned(Queue::main, kLog + 1024);
  EXPECT_EQ(enter(of_main).trial, Trial::main_ghost) << "main's ghosts are remembered twice as long";
  admission.cleaned(Queue::main, kLog);
  EXPECT_EQ(enter(of_main).queue, Queue::small);
  EXPECT_TRUE(admission.forgotten(of_main));
}

TEST_F(AdmissionTest, WhenWhatMainDropsComesBackMainIsClosedButForEveryEighth) {
  for (int i = 0; i < 200; ++i) enter(ghost(Queue::main));
  EXPECT_GT(state.returns.load(), 65536U) << "may pass one";
  int let_in = 0;
  for (int i = 0; i < 80; ++i) let_in += enter(ghost(Queue::small)).queue == Queue::main ? 1 : 0;
  EXPECT_EQ(let_in, 10);
}

TEST_F(AdmissionTest, ReturnsAreForgottenAsMainDropsWhatStaysAway) {
  set_returns(1);
  for (int i = 0; i < 300; ++i) admission.at_main_end(0, Trial::none, 1, no_dice);
  EXPECT_LT(state.returns.load(), 65536U / 20);
}

TEST_F(AdmissionTest, TheSmallQueuesShareFollowsTheGhostsWithinItsBounds) {
  EXPECT_EQ(state.small_share.load(), kLog / 16);
  for (int i = 0; i < 10'000; ++i) enter(ghost(Queue::small));
  EXPECT_EQ(state.small_share.load(), kLog / 64 * 58);
  for (int i = 0; i < 10'000; ++i) enter(ghost(Queue::main));
  EXPECT_EQ(state.small_share.load(), kLog / 64);
  for (int i = 0; i < 10'000; ++i) enter(ghost(Queue::small));
  EXPECT_EQ(state.small_share.load(), kLog / 64) << "what main drops is worth more: small does not grow at its cost";
}

TEST_F(AdmissionTest, TheSmallQueueIsCleanedWhileItHoldsMoreThanItsShare) {
  EXPECT_EQ(admission.next(kLog / 16 + 1, kLog / 2), Queue::small);
  EXPECT_EQ(admission.next(kLog / 16, kLog / 2), Queue::main);
  EXPECT_EQ(admission.next(1, 0), Queue::small);
  EXPECT_EQ(admission.next(0, 1), Queue::main);
}

TEST_F(AdmissionTest, AMainQueueThatStandsStillIsLookedAtNowAndThen) {
  admission.passed_main(1024);
  admission.cleaned(Queue::small, 64 * 1024 - 1);
  EXPECT_EQ(admission.next(kLog / 2, kLog / 2), Queue::small);
  admission.cleaned(Queue::small, 1);
  EXPECT_EQ(admission.next(kLog / 2, kLog / 2), Queue::main);
  admission.passed_main(1024);
  EXPECT_EQ(admission.next(kLog / 2, kLog / 2), Queue::small);
}

TEST_F(AdmissionTest, NewcomersGoToMainWhileThereIsRoom) {
  EXPECT_EQ(admission.enter(std::nullopt, 64, kLog / 16 + 1025, 0, 1024).queue, Queue::main);
  EXPECT_EQ(admission.enter(std::nullopt, 64, kLog / 16 + 1024, 0, 1024).queue, Queue::small);
}

TEST_F(AdmissionTest, WhatIsDearForItsSizeOutlivesWhatIsCheap) {
  for (int i = 0; i < 5000; ++i) admission.observe(1000, 1000);
  EXPECT_DOUBLE_EQ(admission.weight(1000, 1000), 1);
  EXPECT_DOUBLE_EQ(admission.weight(4000, 1000), 2);
  EXPECT_DOUBLE_EQ(admission.weight(1000, 4000), 0.5);
  EXPECT_DOUBLE_EQ(admission.weight(0, 4000), 1) << "unknown cost";
  EXPECT_DOUBLE_EQ(admission.weight(UINT32_MAX, 1), 16);
  std::mt19937 random(3);
  const auto dice = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
  int cheap = 0;
  int dear = 0;
  for (int i = 0; i < 1000; ++i) {
    cheap += admission.at_main_end(1, Trial::none, 0.25, dice).stays ? 1 : 0;
    dear += admission.at_small_end(1, 4, dice).stays ? 1 : 0;
  }
  EXPECT_NEAR(cheap, 250, 60);
  EXPECT_EQ(dear, 1000) << "one read of four times the worth counts as four";
  EXPECT_EQ(admission.at_main_end(1, Trial::none, 4, [] { return 0.5; }).hits, 1U) << "and pays a quarter of a hit";
}

// The rule on entries of one size, without blocks: what the engine approximates.
class Cache {
 public:
  explicit Cache(std::size_t entries) : capacity_(entries), admission_(state_, entries * kEntry) {
    Admission::format(state_, entries * kEntry);
  }
  bool access(int key) {
    if (const auto found = entries_.find(key); found != entries_.end()) {
      found->second.hits = std::min(3U, found->second.hits + 1);
      return true;
    }
    while (entries_.size() >= capacity_) clean();
    const auto ghost = ghosts_.find(key);
    const Entrance entrance = admission_.enter(ghost == ghosts_.end() ? std::nullopt : std::optional(ghost->second),
                                               kEntry, small_.size() * kEntry, main_.size() * kEntry, 0);
    if (ghost != ghosts_.end()) ghosts_.erase(ghost);
    entries_[key] = {0, entrance.trial};
    queue(entrance.queue).push_back(key);
    return false;
  }

 private:
  static constexpr std::uint64_t kEntry = 100;
  struct Entry {
    std::uint32_t hits = 0;
    Trial trial = Trial::none;
  };
  std::deque<int>& queue(Queue q) { return q == Queue::small ? small_ : main_; }
  void clean() {
    const Queue from = admission_.next(small_.size() * kEntry, main_.size() * kEntry);
    const int key = queue(from).front();
    queue(from).pop_front();
    admission_.cleaned(from, kEntry);
    if (from == Queue::main) admission_.passed_main(kEntry);
    const Entry entry = entries_[key];
    const Fate fate = from == Queue::small ? admission_.at_small_end(entry.hits, 1, no_dice)
                                           : admission_.at_main_end(entry.hits, entry.trial, 1, no_dice);
    if (fate.stays) {
      entries_[key] = {fate.hits, fate.trial};
      main_.push_back(key);
    } else {
      entries_.erase(key);
      ghosts_[key] = {from, admission_.stamp(from)};
    }
  }

  std::size_t capacity_;
  EvictionState state_{};
  Admission admission_;
  std::deque<int> small_;
  std::deque<int> main_;
  std::map<int, Entry> entries_;
  std::map<int, GhostMark> ghosts_;
};

double hit_ratio(std::size_t capacity, int accesses, const std::function<int(int)>& key) {
  Cache cache(capacity);
  int hits = 0;
  for (int i = 0; i < accesses; ++i) hits += cache.access(key(i)) ? 1 : 0;
  return static_cast<double>(hits) / accesses;
}

TEST(AdmissionRule, ALoopLargerThanTheCacheIsHeldInPart) {
  EXPECT_GT(hit_ratio(100, 100'000, [](int i) { return i % 1000; }), 0.09) << "the optimum is 0.099; LRU and FIFO: 0";
  EXPECT_GT(hit_ratio(100, 100'000, [](int i) { return i % 120; }), 0.7);
}

TEST(AdmissionRule, AScanDoesNotWashOutWhatIsInUse) {
  std::mt19937 random(5);
  // Every other access is one of fifty keys, the rest never comes back.
  EXPECT_GT(hit_ratio(100, 100'000, [&](int i) { return i % 2 == 0 ? static_cast<int>(random() % 50) : 1000 + i; }),
            0.48);
}

TEST(AdmissionRule, ANewSetOfPopularKeysTakesOver) {
  std::mt19937 random(6);
  EXPECT_GT(hit_ratio(100, 100'000, [&](int i) { return i / 20'000 * 1000 + static_cast<int>(random() % 90); }), 0.95);
}

// In a damaged file. A longest record that no log could move would keep every block free for it, and each put would
// empty the cache and fail.
TEST(Admission, WhatCannotHaveBeenLearnedIsForgottenAndWhatCanIsKept) {
  const auto kept_after = [](auto&& change) {
    EvictionState state{};
    Admission::format(state, kLog);
    state.refused[0].store(7);
    change(state);
    Admission(state, kLog).recover();
    EXPECT_EQ(state.small_share.load(), kLog / 64 * 4);
    EXPECT_LE(state.largest.load(), kLog / 16);
    return state.refused[0].load() == 7;
  };
  EXPECT_TRUE(kept_after([](EvictionState&) {}));
  EXPECT_TRUE(kept_after([](EvictionState& s) { s.cleaned[0].store(UINT64_MAX); })) << "a count may have any value";
  EXPECT_TRUE(kept_after([](EvictionState& s) { s.largest.store(kLog / 16); }));
  EXPECT_FALSE(kept_after([](EvictionState& s) { s.largest.store(kLog / 16 + 1); }));
  EXPECT_FALSE(kept_after([](EvictionState& s) { s.small_share.store(kLog + 1); }));
  EXPECT_FALSE(kept_after([](EvictionState& s) { s.success[2].store(65537); }));
  EXPECT_FALSE(kept_after([](EvictionState& s) { s.returns.store(UINT32_MAX); }));
  EXPECT_FALSE(kept_after([](EvictionState& s) { s.main_passed_bytes.store(0); }));
  EXPECT_FALSE(kept_after([](EvictionState& s) { s.mean_cost.store(UINT64_MAX); }));
  EXPECT_FALSE(kept_after([](EvictionState& s) { s.mean_bytes.store(UINT64_MAX); }));
}

}  // namespace
}  // namespace freshet::segment
