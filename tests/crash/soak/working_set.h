// What an application would ask for: numbered keys, a few of them often and most of them rarely (Zipf's law), together
// half as large as the segment. Nobody writes them but by loading: so while nobody dies nearly all of them hit, and
// what misses was lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace freshet::soak {

class WorkingSet {
 public:
  WorkingSet(std::uint64_t capacity_bytes, unsigned seed);

  unsigned keys() const { return static_cast<unsigned>(bytes_.size()); }
  std::string key(unsigned n) const { return "page " + std::to_string(n); }
  std::string value(unsigned n) const;
  /// Numbers of keys as they are asked for.
  const std::vector<std::uint32_t>& draws() const { return draws_; }

 private:
  std::vector<std::uint32_t> bytes_;
  std::vector<std::uint32_t> draws_;
};

}  // namespace freshet::soak
