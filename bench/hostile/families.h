// Keys that were made to be slow to look up, and random ones of the same length to compare them with.
#pragma once

#include "segment/index.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct Family {
  std::string name;
  bool needs_the_secret = false;
  std::uint64_t most_lookups = UINT64_MAX;
  std::vector<std::string> hostile, ordinary;                ///< stored
  std::vector<std::string> hostile_absent, ordinary_absent;  ///< of the same kinds, and never stored

  std::size_t key_bytes() const { return hostile.front().size(); }
};

/// Bytes that follow from the number alone.
std::string random_key(std::uint64_t number, std::size_t bytes);

/// Long prefixes and suffixes in common, the longest keys there may be, and keys that all collide in the hash function
/// as everybody knows it.
/// Errors: throws std::logic_error where those do not collide.
std::vector<Family> families_without_the_secret();

using Hash = std::function<freshet::segment::KeyHash(std::string_view)>;
/// Keys that all have the same place in the index, position and buckets: as many as it has slots, one of them absent.
/// Cost: some 2^30 hashes.
Family family_that_collides(std::size_t key_bytes, const Hash& hash);

}  // namespace bench
