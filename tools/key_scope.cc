#include "key_scope.h"

#include "exit_code.h"
#include "printable.h"

#include <freshet/cache.h>
#include <freshet/error.h>

#include <charconv>

namespace freshet::tools {
namespace {

// What printable() wrote, read back. A command line cannot hold the NUL that stands in every stored key.
std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t escape = text.find('\\');
    out += text.substr(0, escape);
    if (escape == std::string_view::npos) break;
    text.remove_prefix(escape + 1);
    const char letter = text.empty() ? '\0' : text.front();
    unsigned char byte = 0;
    std::size_t length = 1;
    switch (letter) {
      case '\\':
        byte = '\\';
        break;
      case 'n':
        byte = '\n';
        break;
      case 'r':
        byte = '\r';
        break;
      case 't':
        byte = '\t';
        break;
      case 'x': {
        const std::string_view digits = text.substr(1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (error == std::errc() && end == digits.data() + 2) length = 3;
        break;
      }
      default:
        break;
    }
    if (letter == '\0' || std::string_view("\\nrtx").find(letter) == std::string_view::npos ||
        (letter == 'x' && length != 3)) {
      throw UsageError("--raw: \"\\" + printable(text.substr(0, 3)) +
                       "\" means nothing; write \\xNN for a byte, \\n, \\r, \\t, or \\\\ for a backslash");
    }
    out += static_cast<char>(byte);
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::string key_in_store(const Arguments& arguments, std::string_view key) {
  const bool raw = arguments.has("--raw");
  if (raw && (arguments.has("--namespace") || arguments.has("--version"))) {
    throw UsageError("--raw takes the whole stored key; leave --namespace and --version out");
  }
  // An unset variable of a script must not widen what is asked for.
  for (const std::string_view flag : {"--namespace", "--version"}) {
    if (arguments.has(flag) && arguments.value(flag).empty()) {
      throw UsageError(std::string(flag) + " is empty; leave it out, or name one");
    }
  }
  if (key.empty()) throw UsageError("the key is empty");
  std::string stored;
  try {
    stored = raw ? unescaped(key) : stored_key(arguments.value("--namespace"), arguments.value("--version"), key);
  } catch (const ConfigError& error) {
    throw UsageError(error.what());
  }
  if (raw ? stored.size() > kMaxStoredKeyBytes : key.size() > kMaxKeyBytes) {
    throw UsageError("the key is longer than 64 KiB");
  }
  return stored;
}

}  // namespace freshet::tools
