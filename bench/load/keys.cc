#include "load/keys.h"

#include <cstdio>
#include <cstring>

namespace bench {
namespace {

// SplitMix64 (Steele, Lea, Flood, OOPSLA '14): one step, as a hash of `x`.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
  x = (x ^ x >> 27) * 0x94D049BB133111EB;
  return x ^ x >> 31;
}

}  // namespace

std::string key_of(std::uint64_t number) {
  char text[kKeyBytes + 8];
  std::snprintf(text, sizeof text, "key:%012llu", static_cast<unsigned long long>(number % 1'000'000'000'000));
  return {text, kKeyBytes};
}

void write_value(std::uint64_t number, std::size_t bytes, std::string& value) {
  value.resize(bytes);
  std::uint64_t word = mix(number);
  for (std::size_t at = 0; at < bytes; at += sizeof word) {
    std::memcpy(value.data() + at, &word, std::min(sizeof word, bytes - at));
    word += 0x9E3779B97F4A7C15;
  }
}

bool is_value(std::uint64_t number, std::size_t bytes, std::string_view value) {
  thread_local std::string expected;
  write_value(number, bytes, expected);
  return value == expected;
}

Lookups::Lookups(std::vector<std::uint32_t> numbers) : numbers_(std::move(numbers)) {
  keys_.reserve(numbers_.size() * kKeyBytes);
  for (const std::uint32_t number : numbers_) keys_ += key_of(number);
}

}  // namespace bench
