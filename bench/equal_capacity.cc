#include "equal_capacity.h"

#include <freshet/cache.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace freshet::bench {
namespace {

constexpr std::uint64_t kMinSegmentBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kKeyBytes = 8;
// Records are rounded up to eight bytes: of this size, one step is half a percent. Smaller ones could not be adjusted
// finely enough, larger ones would only be more to write.
constexpr std::uint64_t kStepBytes = 8;
constexpr std::uint64_t kUsualEntryBytes = 1536;
constexpr double kTolerance = 0.01;

std::shared_ptr<Store> open_memory(std::uint64_t bytes) {
  return open("memory:?size=" + std::to_string(bytes)).store();
}

std::string_view key_of(std::uint64_t number, std::array<char, kKeyBytes>& bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(number >> (56 - 8 * i) & 0xFF);
  return {bytes.data(), bytes.size()};
}

std::uint64_t segment_bytes_for(double entries) {
  // With room for tables. In whole blocks of every size that a segment of this size can have.
  constexpr std::uint64_t kUnit = 65536;
  const auto wanted = static_cast<std::uint64_t>(entries * static_cast<double>(kUsualEntryBytes) * 1.15);
  return std::max(kMinSegmentBytes, (wanted + kUnit - 1) / kUnit * kUnit);
}

}  // namespace

double entries_held(std::uint64_t segment_bytes, std::uint64_t value_bytes) {
  const std::shared_ptr<Store> store = open_memory(segment_bytes);
  const std::vector<std::byte> value(value_bytes, std::byte{'v'});
  std::array<char, kKeyBytes> key{};
  PutRequest put;
  put.value = value;
  put.meta.fresh_until = put.meta.keep_until = kNever;
  // Once to fill it, once to wear off how it began, once to count.
  const std::uint64_t around =
      std::max<std::uint64_t>(store->stats().bytes_capacity / tools::entry_bytes(kKeyBytes, value_bytes), 1);
  const std::uint64_t every = std::max<std::uint64_t>(1, around / 1024);
  std::uint64_t sum = 0;
  std::uint64_t looks = 0;
  std::uint64_t number = 0;
  for (; number < 3 * around; ++number) {
    put.key = key_of(number, key);
    if (const Reason reason = store->put(put); reason != Reason::stored) {
      throw std::runtime_error("calibration: a value was not stored: " + std::string(name(reason)));
    }
    if (number < 2 * around || number % every != 0) continue;
    sum += store->stats().entries;
    ++looks;
  }
  std::uint64_t there = 0;
  std::string copy;
  for (std::uint64_t i = 0; i < number; ++i) there += store->get(key_of(i, key), Instant{}, copy).found ? 1U : 0U;
  if (there != store->stats().entries) {
    throw std::runtime_error("calibration: " + std::to_string(there) + " entries can be read, but the segment counts " +
                             std::to_string(store->stats().entries));
  }
  return static_cast<double>(sum) / static_cast<double>(looks);
}

Calibration calibrate(double entries) {
  const std::uint64_t segment = segment_bytes_for(entries);
  const std::uint64_t fixed = tools::entry_bytes(kKeyBytes, 0);
  // In steps of record size. Entries of the segment's size divided by their number are too large, as tables take their
  // share; those of half that size are too small, as tables and half-filled blocks take far less than half.
  const auto share = static_cast<std::uint64_t>(static_cast<double>(segment) / entries);
  std::uint64_t too_few = (std::min(share, segment / 4) - fixed) / kStepBytes;
  std::uint64_t too_many = (std::min(share, segment / 4) / 2 - fixed) / kStepBytes;
  Calibration best;
  const auto attempt = [&](std::uint64_t step) {
    const double held = entries_held(segment, step * kStepBytes);
    if (best.segment_bytes == 0 || std::abs(held - entries) < std::abs(best.entries_held - entries)) {
      best = {segment, step * kStepBytes, held};
    }
    return held;
  };
  while (too_few - too_many > 1) {
    const std::uint64_t middle = too_many + (too_few - too_many) / 2;
    (attempt(middle) > entries ? too_many : too_few) = middle;
  }
  return best;
}

bool EqualReplay::equal_terms(std::uint64_t entries) const {
  return !full || std::abs(entries_held / static_cast<double>(entries) - 1) <= kTolerance;
}

EqualReplay replay_with_entries(const tools::AccessTrace& trace, std::uint64_t entries) {
  const auto wanted = static_cast<double>(entries);
  double aim = wanted;
  EqualReplay best;
  for (int round = 1; round <= kMostReplays; ++round) {
    EqualReplay one;
    one.calibration = calibrate(aim);
    const std::shared_ptr<Store> store = open_memory(one.calibration.segment_bytes);
    tools::ReplayOptions options;
    options.value_bytes = one.calibration.value_bytes;
    options.max_value_bytes = one.calibration.value_bytes;
    one.figures = tools::replay(trace, *store, options);
    one.full = one.figures.entries_held > 0;
    one.entries_held = one.full ? one.figures.entries_held : static_cast<double>(one.figures.entries_at_end);
    if (round == 1 || std::abs(one.entries_held - wanted) < std::abs(best.entries_held - wanted)) best = one;
    best.replays = round;
    if (best.equal_terms(entries)) break;
    aim *= wanted / one.entries_held;
  }
  return best;
}

}  // namespace freshet::bench
