// What the input of the segment target says: how the bytes of a whole segment are damaged before it is opened.
//
//   flags | { part | how | place (2) | value (4) } ...        numbers in little endian
//
// A `part` is a list of spots, so that a small table, the fields of a block descriptor, a slot of the index that is in
// use and the header of a record are each hit as often as all of the log. `how` says what becomes of a spot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace freshet::fuzz {

/// The first byte.
enum Flag : std::uint8_t {
  kMendChecksum = 1,  ///< as an attacker would who knows the format
  kAttachOnly = 2,    ///< as tools open it
  kSkipChurn = 4,     ///< less is done with it: more inputs per second
  kReopen = 8,        ///< it is closed and opened again
  kTwoShards = 16,    ///< a segment large enough to have two
};

enum class Part : std::uint8_t {
  superblock,
  sequences,
  pool,
  shards,
  eviction,
  processes,
  tags,
  leases,
  counters,
  misses,
  directory,
  descriptors,
  slots,
  headers,
  log,
  length,
  kCount
};

enum class How : std::uint8_t { set, flip, add, set_wide, copy_word, copy_line, fill, kCount };

struct Damage {
  Part part = Part::superblock;
  How how = How::set;
  std::uint8_t fine = 0;  ///< the upper bits of `how`: which word of a spot
  std::uint16_t place = 0;
  std::uint32_t value = 0;
};
inline constexpr std::size_t kDamageBytes = 8;
/// Longer inputs say nothing new: what is damaged all over is refused.
inline constexpr std::size_t kMostDamages = 24;

Damage read_damage(const std::uint8_t* at);
void write_damage(const Damage& damage, std::uint8_t* at);

/// An undamaged segment, and where its parts lie.
class Image {
 public:
  explicit Image(std::string bytes);
  const std::string& bytes() const { return bytes_; }
  /// How many spots a part has.
  std::size_t spots(Part part) const { return spots_[static_cast<std::size_t>(part)].size(); }
  /// Puts the undamaged bytes where before were zeros.
  void put_into_zeros(std::span<char> to) const;
  /// Applies what the input says to a copy. Returns the length that the file is to have.
  std::uint64_t damage(std::span<const std::uint8_t> input, std::span<char> copy) const;

 private:
  std::uint64_t spot(Part part, std::uint16_t place) const;
  void add_words(Part part, std::uint64_t from, std::uint64_t until);

  std::string bytes_;
  std::vector<std::uint64_t> pages_;  ///< that hold anything
  std::vector<std::uint64_t> spots_[static_cast<std::size_t>(Part::kCount)];
};

}  // namespace freshet::fuzz
