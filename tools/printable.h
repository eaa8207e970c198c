// Bytes as text that a terminal, a log and JSON can show: keys and tags are binary, and may come from an attacker.
#pragma once

#include <string>
#include <string_view>

namespace freshet::tools {

/// UTF-8 stays; control characters, bytes that are not UTF-8 and the backslash become `\n`, `\x00`, `\xff`, `\\` and
/// the like. Different bytes give different texts.
std::string printable(std::string_view bytes);

}  // namespace freshet::tools
