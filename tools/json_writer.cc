#include "json_writer.h"

#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace freshet::tools {
namespace {

std::string literal(std::string_view utf8) {
  std::string out = "\"";
  for (const char c : utf8) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace

void JsonWriter::separate() {
  if (std::exchange(after_key_, false)) return;
  if (!std::exchange(first_, false)) out_ += ',';
  if (depth_ != 0) out_ += '\n' + std::string(2 * depth_, ' ');
}

void JsonWriter::write(std::string_view text) {
  separate();
  out_ += text;
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  --depth_;
  if (!std::exchange(first_, false)) out_ += '\n' + std::string(2 * depth_, ' ');
  out_ += bracket;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  out_ += literal(name) + ": ";
  after_key_ = true;
  return *this;
}

void JsonWriter::string(std::string_view utf8) { write(literal(utf8)); }

void JsonWriter::number(double value) {
  if (std::isfinite(value)) {
    write(fmt::format("{}", value));
  } else {
    null();
  }
}

std::string JsonWriter::take() {
  out_ += '\n';
  first_ = true;
  return std::exchange(out_, {});
}

}  // namespace freshet::tools
