// How the executable ends: a contract that scripts may rely on. `freshet help` and the guide print this table.
#pragma once

#include <stdexcept>
#include <string_view>

namespace freshet::tools {

// X(name, number, meaning)
#define FRESHET_EXIT_CODES(X)                                                                            \
  X(ok, 0, "done; what was asked for was found")                                                         \
  X(nothing, 1, "explain: nothing is found under the key; purge: nothing was purged")                    \
  X(usage, 2, "the command line makes no sense")                                                         \
  X(cannot_open, 3, "the segment cannot be opened, or the trace not be read; the message says the mend") \
  X(failed, 4, "something else failed, such as writing the output")

enum class ExitCode : int {
#define FRESHET_EXIT_CODE_ENUM(name, number, meaning) name = number,
  FRESHET_EXIT_CODES(FRESHET_EXIT_CODE_ENUM)
#undef FRESHET_EXIT_CODE_ENUM
};

/// The command line makes no sense. what() says why, in one line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace freshet::tools
