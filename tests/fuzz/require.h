// A property that a fuzz target checks: told in words, and the end of the program where it does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace freshet::fuzz {

inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace freshet::fuzz
