// What a guide page claims, checked: each program of this folder prints its claims and fails when one is false.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace guide {

inline int false_claims = 0;

/// Not for several threads at once.
inline void claim(bool holds, std::string_view what) {
  std::cout << (holds ? "  true   " : "  FALSE  ") << what << '\n';
  if (!holds) ++false_claims;
}
inline void chapter(std::string_view title) { std::cout << title << '\n'; }

/// For the end of main().
inline int verdict() { return false_claims == 0 ? EXIT_SUCCESS : EXIT_FAILURE; }

}  // namespace guide
