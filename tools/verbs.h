// The verbs of the executable. Each has a file of its own.
#pragma once

#include "command_line.h"

#include <span>
#include <string>

namespace freshet::tools {

extern const Verb kStatsVerb;
extern const Verb kExplainVerb;
extern const Verb kPurgeVerb;
extern const Verb kTopVerb;
extern const Verb kReplayVerb;
extern const Verb kProxyVerb;

/// In the order of the help.
std::span<const Verb* const> all_verbs();

inline constexpr Operand kUrlOperand = {"URL",
                                        "a running segment: shared:NAME or file:/path, as the application opens it"};

/// `freshet help` and `freshet help VERB`.
std::string help_text();
std::string help_text(const Verb& verb);

/// To standard output. Errors: throws std::system_error.
void print(std::string_view text);
/// What was printed so far is out. Errors: throws std::system_error.
void flush();

}  // namespace freshet::tools
