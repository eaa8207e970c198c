#include "segment/admission.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace freshet::segment {
namespace {

// Rates are kept in parts of 65536. One observation moves them by a 64th of its distance.
constexpr std::int64_t kOne = 1 << 16;
constexpr std::int64_t kWindow = 64;
constexpr std::uint32_t kMargin = kOne / 64;
// Of those refused, every so many-th is let in all the same, or nobody would know when the times change.
constexpr std::uint32_t kTryEvery = 8;
// Main is cleaned at least once for so many times its last cleaning's length of small's time: a main queue that stands
// still and is dead must be noticed.
constexpr std::uint64_t kMostStillness = 64;
// The small queue's share of the log: at first, least, most (of 64).
constexpr std::uint64_t kFirstShare = 4;
constexpr std::uint64_t kLeastShare = 1;
constexpr std::uint64_t kMostShare = 58;
// A ghost that returns within this part of the log's length says that its queue was a little too short.
constexpr std::uint64_t kNear = 8;
// A ghost's stamp counts in such parts of the log's length: 32 bits last for 65,536 times the log.
constexpr std::uint64_t kStampsPerLog = 65536;
// Means of cost and size are kept in parts of 1024, over about as many stores.
constexpr std::int64_t kMeanWindow = 1024;
constexpr double kMostWeight = 16;
constexpr std::uint64_t kMostMovedBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostMovedShare = 16;
// No mean that was ever observed, nor any rate of returns, comes near these.
constexpr std::uint64_t kMostMean = std::uint64_t{1} << 52;
constexpr std::uint32_t kMostReturns = std::uint32_t{1} << 28;

std::uint64_t stamp_bytes(std::uint64_t log_bytes) { return std::max<std::uint64_t>(log_bytes / kStampsPerLog, 1); }
std::size_t at(Trial trial) { return static_cast<std::size_t>(trial) - 1; }
std::size_t at(Queue queue) { return static_cast<std::size_t>(queue); }

void approach(Shared<std::uint64_t>& mean, std::uint64_t value) {
  const auto old = static_cast<std::int64_t>(mean.load(std::memory_order_relaxed));
  const auto scaled = static_cast<std::int64_t>(value) * kMeanWindow;
  mean.store(static_cast<std::uint64_t>(old == 0 ? scaled : old + (scaled - old) / kMeanWindow),
             std::memory_order_relaxed);
}

}  // namespace

Admission::Admission(EvictionState& state, std::uint64_t log_bytes) : state_(state), log_bytes_(log_bytes) {}

void Admission::format(EvictionState& state, std::uint64_t log_bytes) {
  state.small_share.store(log_bytes / 64 * kFirstShare);
  // Nothing passed yet: about a block.
  state.main_passed_bytes.store(log_bytes / 256);
  // Ghosts are welcome until they have proved otherwise.
  state.success[at(Trial::small_ghost)].store(kOne);
  state.success[at(Trial::main_ghost)].store(kOne);
}

void Admission::recover() {
  if (is_sound()) return;
  std::memset(static_cast<void*>(&state_), 0, sizeof(state_));
  format(state_, log_bytes_);
}

// What is counted may have any value; what is a share, a size or a rate may not.
bool Admission::is_sound() const {
  const auto rate = [](const Shared<std::uint32_t>& success) { return success.load() <= kOne; };
  const std::uint64_t passed = state_.main_passed_bytes.load();
  return state_.small_share.load() <= log_bytes_ && passed != 0 && passed <= log_bytes_ &&
         largest() <= most_moved_bytes() && state_.returns.load() <= kMostReturns &&
         std::all_of(std::begin(state_.success), std::end(state_.success), rate) &&
         state_.mean_cost.load() <= kMostMean && state_.mean_bytes.load() <= kMostMean;
}

std::uint64_t Admission::most_moved_bytes() const { return std::min(kMostMovedBytes, log_bytes_ / kMostMovedShare); }

Queue Admission::next(std::uint64_t small_bytes, std::uint64_t main_bytes) const {
  if (main_bytes == 0) return Queue::small;
  if (small_bytes == 0) return Queue::main;
  const std::uint64_t since = state_.cleaned[at(Queue::small)].load(std::memory_order_relaxed) -
                              state_.main_passed_at.load(std::memory_order_relaxed);
  const std::uint64_t passed = state_.main_passed_bytes.load(std::memory_order_relaxed);
  if (since / kMostStillness >= passed) return Queue::main;
  return small_bytes > state_.small_share.load(std::memory_order_relaxed) ? Queue::small : Queue::main;
}

void Admission::cleaned(Queue queue, std::uint64_t bytes) {
  state_.cleaned[at(queue)].fetch_add(bytes, std::memory_order_relaxed);
}

void Admission::passed_main(std::uint64_t bytes) {
  state_.main_passed_bytes.store(bytes, std::memory_order_relaxed);
  state_.main_passed_at.store(state_.cleaned[at(Queue::small)].load(std::memory_order_relaxed),
                              std::memory_order_relaxed);
}

Fate Admission::small_fate(std::uint32_t hits) {
  if (hits >= 2) return {true, 0, Trial::none};
  if (hits == 1 && admitted(Trial::read_once)) return {true, 0, Trial::read_once};
  return {};
}

Fate Admission::main_dropped() {
  const std::uint32_t returns = state_.returns.load(std::memory_order_relaxed);
  state_.returns.store(returns - returns / static_cast<std::uint32_t>(kWindow), std::memory_order_relaxed);
  return {};
}

void Admission::judge(Trial trial, bool read) {
  if (trial == Trial::none) return;
  auto& success = state_.success[at(trial)];
  const auto old = static_cast<std::int64_t>(success.load(std::memory_order_relaxed));
  success.store(static_cast<std::uint32_t>(old + ((read ? kOne : 0) - old) / kWindow), std::memory_order_relaxed);
}

bool Admission::worth_it(Trial trial) const {
  return state_.success[at(trial)].load(std::memory_order_relaxed) >=
         state_.returns.load(std::memory_order_relaxed) + kMargin;
}

bool Admission::admitted(Trial trial) {
  if (worth_it(trial)) return true;
  return state_.refused[at(trial)].fetch_add(1, std::memory_order_relaxed) % kTryEvery == kTryEvery - 1;
}

Entrance Admission::enter(const std::optional<GhostMark>& ghost, std::uint64_t record_bytes, std::uint64_t small_bytes,
                          std::uint64_t main_bytes, std::uint64_t block_bytes) {
  Trial trial = Trial::none;
  if (ghost) {
    const std::uint64_t since = age(*ghost);
    const auto step = static_cast<std::int64_t>(record_bytes / 2);
    if (ghost->from == Queue::small) {
      if (since < log_bytes_ / kNear && worth_it(Trial::small_ghost)) move_share(step);
      if (since < log_bytes_) trial = Trial::small_ghost;
    } else {
      if (since <= main_bytes / 4 * 3) {
        state_.returns.fetch_add(static_cast<std::uint32_t>(kOne / kWindow), std::memory_order_relaxed);
      }
      if (since < log_bytes_ / kNear) move_share(-step);
      if (since < 2 * log_bytes_) trial = Trial::main_ghost;
    }
  }
  if (trial != Trial::none && admitted(trial)) return {Queue::main, trial};
  // There was room: the cache is filling, or main gave some back.
  if (small_bytes > state_.small_share.load(std::memory_order_relaxed) + block_bytes) return {Queue::main, Trial::none};
  return {};
}

void Admission::move_share(std::int64_t bytes) {
  const auto share = static_cast<std::int64_t>(state_.small_share.load(std::memory_order_relaxed));
  const auto part = static_cast<std::int64_t>(log_bytes_ / 64);
  state_.small_share.store(
      static_cast<std::uint64_t>(std::clamp(share + bytes, part * static_cast<std::int64_t>(kLeastShare),
                                            part * static_cast<std::int64_t>(kMostShare))),
      std::memory_order_relaxed);
}

std::uint32_t Admission::stamp(Queue queue) const {
  return static_cast<std::uint32_t>(state_.cleaned[at(queue)].load(std::memory_order_relaxed) /
                                    stamp_bytes(log_bytes_));
}

std::uint64_t Admission::age(const GhostMark& ghost) const {
  return std::uint64_t{stamp(ghost.from) - ghost.stamp} * stamp_bytes(log_bytes_);
}

bool Admission::forgotten(const GhostMark& ghost) const {
  return age(ghost) >= (ghost.from == Queue::small ? log_bytes_ : 2 * log_bytes_);
}

double Admission::weight(std::uint32_t load_cost_us, std::uint64_t record_bytes) const {
  const std::uint64_t mean_cost = state_.mean_cost.load(std::memory_order_relaxed);
  const std::uint64_t mean_bytes = state_.mean_bytes.load(std::memory_order_relaxed);
  if (load_cost_us == 0 || mean_cost == 0 || mean_bytes == 0) return 1;
  const double dearer = static_cast<double>(load_cost_us) * kMeanWindow / static_cast<double>(mean_cost);
  const double larger = static_cast<double>(record_bytes) * kMeanWindow / static_cast<double>(mean_bytes);
  // The root: costs that do not follow the size would else throw out large entries however often they are read.
  return std::clamp(std::sqrt(dearer / larger), 1 / kMostWeight, kMostWeight);
}

void Admission::observe(std::uint32_t load_cost_us, std::uint64_t record_bytes) {
  if (load_cost_us == 0) return;
  approach(state_.mean_cost, load_cost_us);
  approach(state_.mean_bytes, record_bytes);
}

}  // namespace freshet::segment
