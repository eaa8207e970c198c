// Writes JSON (RFC 8259), one member per line. No values kept: what is written is out.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::tools {

class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  /// The next value's name. Within objects only.
  JsonWriter& key(std::string_view name);

  void string(std::string_view utf8);
  void number(std::integral auto value) { write(std::to_string(value)); }
  void number(double value);
  void boolean(bool value) { write(value ? "true" : "false"); }
  void null() { write("null"); }

  /// The document, with a line end. The writer is empty afterwards.
  std::string take();

 private:
  void write(std::string_view text);
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string out_;
  std::size_t depth_ = 0;
  bool first_ = true;  // in the innermost bracket
  bool after_key_ = false;
};

}  // namespace freshet::tools
