// What the benchmarks store and ask for: numbered keys of 16 bytes, values that can be checked byte by byte, and drawn
// sequences of lookups that every contender gets alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr std::size_t kKeyBytes = 16;

/// "key:000000000042"
std::string key_of(std::uint64_t number);

/// Bytes that follow from number and size alone, different for each key.
void write_value(std::uint64_t number, std::size_t bytes, std::string& value);
bool is_value(std::uint64_t number, std::size_t bytes, std::string_view value);

/// A sequence of lookups, drawn beforehand. The keys lie in the order in which they are asked for: reading them costs
/// every contender the same, and as little as it costs an application that has just made its key.
class Lookups {
 public:
  explicit Lookups(std::vector<std::uint32_t> numbers);

  std::size_t size() const noexcept { return numbers_.size(); }
  std::uint32_t number(std::size_t i) const noexcept { return numbers_[i]; }
  std::string_view key(std::size_t i) const noexcept { return {keys_.data() + i * kKeyBytes, kKeyBytes}; }

 private:
  std::vector<std::uint32_t> numbers_;
  std::string keys_;
};

/// Part of a sequence; begins anew behind its end.
struct Stretch {
  std::size_t from = 0;
  std::size_t count = 0;
};

}  // namespace bench
