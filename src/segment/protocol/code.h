// Which statement of which function each step of the protocol's model is, and the names of the pause points on its way.
// code_test.cc holds this table against the sources, both ways.
#pragma once

#include "segment/protocol/model.h"

#include <span>
#include <string_view>

namespace freshet::segment::protocol {

struct Code {
  Step step;
  std::string_view file;  ///< below src/
  std::string_view function;
  std::string_view statement;  ///< a part of it
  std::string_view pause_before = {};
  std::string_view pause_after = {};
};

/// In the order of the statements, function by function.
std::span<const Code> all_code();

/// An access to shared memory in a function above that no step stands for.
struct LeftOut {
  std::string_view function;
  std::string_view statement;
  std::string_view why;
};
std::span<const LeftOut> left_out();

}  // namespace freshet::segment::protocol
