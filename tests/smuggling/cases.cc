#include "tests/smuggling/cases.h"

#include "http/grammar.h"

#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace freshet::smuggling {
namespace {

using Text = std::string_view;

unsigned hex_digit(char c) {
  const std::size_t value = Text("0123456789abcdef").find(c);
  if (value == Text::npos) throw std::runtime_error("\\x wants two digits of 0-9a-f");
  return static_cast<unsigned>(value);
}

// "*N{TEXT}" behind the backslash; TEXT may repeat something itself.
std::string unescape(Text text);
std::string repeat(Text& rest) {
  const std::size_t open = rest.find('{');
  const auto times = http::parse_uint64(rest.substr(1, open - 1));
  if (open == Text::npos || !times) throw std::runtime_error("\\* wants a number and braces");
  std::size_t close = open + 1;
  for (int depth = 1; close < rest.size(); ++close) {
    if (rest[close] == '{') ++depth;
    if (rest[close] == '}' && --depth == 0) break;
  }
  if (close == rest.size()) throw std::runtime_error("\\*N{ is not closed on its line");
  const std::string once = unescape(rest.substr(open + 1, close - open - 1));
  rest.remove_prefix(close + 1);
  std::string all;
  for (std::uint64_t i = 0; i < *times; ++i) all += once;
  return all;
}

std::string unescape(Text text) {
  std::string bytes;
  while (!text.empty()) {
    if (text.front() != '\\') {
      bytes += text.front();
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(1);
    const char kind = text.empty() ? ' ' : text.front();
    if (kind == '*') {
      bytes += repeat(text);
      continue;
    }
    if (kind == 'x' && text.size() >= 3) {
      bytes += static_cast<char>(hex_digit(text[1]) * 16 + hex_digit(text[2]));
      text.remove_prefix(3);
      continue;
    }
    const std::size_t which = Text("rnt0\\").find(kind);
    if (which == Text::npos) throw std::runtime_error("\\ wants one of r n t 0 \\ xHH *N{TEXT} behind it");
    bytes += Text("\r\n\t\0\\", 5)[which];
    text.remove_prefix(1);
  }
  return bytes;
}

// A line that says something about the case, before its bytes begin.
bool take_attribute(Text line, Case& one) {
  const auto take = [line](Text key, std::string& value) {
    if (!line.starts_with(key) || !line.substr(key.size()).starts_with(": ")) return false;
    value = line.substr(key.size() + 2);
    return true;
  };
  return one.bytes.empty() && (take("of", one.of) || take("expect", one.expect) || take("messages", one.messages) ||
                               take("to", one.to) || take("connection", one.connection));
}

void read_line(Text line, std::vector<Case>& cases) {
  if (line.empty() || line.starts_with('#')) return;
  if (line.starts_with("=== ")) {
    cases.push_back({std::string(line.substr(4)), {}, {}, {}, {}, {}, {}});
    return;
  }
  if (cases.empty()) throw std::runtime_error("bytes before the first case");
  if (!take_attribute(line, cases.back())) cases.back().bytes += unescape(line);
}

}  // namespace

std::vector<Case> read_cases(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + " cannot be read");
  std::vector<Case> cases;
  std::size_t number = 1;
  for (std::string line; std::getline(in, line); ++number) {
    try {
      read_line(line, cases);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return cases;
}

}  // namespace freshet::smuggling
