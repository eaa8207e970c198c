#include "peers/peer.h"

namespace bench {

std::uint64_t Client::fill(std::uint64_t first, std::uint64_t last, std::size_t value_bytes) {
  std::string value;
  std::uint64_t stored = 0;
  for (std::uint64_t n = first; n < last; ++n) {
    write_value(n, value_bytes, value);
    stored += set(key_of(n), value) ? 1U : 0U;
  }
  return stored;
}

std::uint64_t Client::count_held(std::uint64_t first, std::uint64_t last, std::size_t value_bytes,
                                 std::uint64_t& wrong) {
  std::string value;
  std::uint64_t held = 0;
  for (std::uint64_t n = first; n < last; ++n) {
    if (!get(key_of(n), value)) continue;
    if (is_value(n, value_bytes, value)) {
      ++held;
    } else {
      ++wrong;
    }
  }
  return held;
}

}  // namespace bench
