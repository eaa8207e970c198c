// A fuzzer's bytes as the fields of a message: lines, a name before the colon and a value behind it. What no parser of
// messages would let through is left out, so that findings are about what can happen.
#pragma once

#include "http/fields.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace freshet::http {

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Takes the text before the first `end` away from the left of `rest`, and the end with it.
inline std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return taken;
}

inline std::vector<Field> lines_of(std::string_view text) {
  std::vector<Field> fields;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view name = take_until(line, ':');
    const std::string_view value = trim(line);
    if (is_token(name) && is_field_value(value)) fields.push_back({name, value});
  }
  return fields;
}

/// What must hold, or the fuzzer has found something.
inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace freshet::http
