#include "http/structured.h"

#include <algorithm>

namespace freshet::http {
namespace {

constexpr bool is_key_start(char c) noexcept { return (c >= 'a' && c <= 'z') || c == '*'; }
constexpr bool is_key_char(char c) noexcept {
  return is_key_start(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
}
constexpr bool is_base64_char(char c) noexcept {
  return is_alpha(c) || is_digit(c) || c == '+' || c == '/' || c == '=';
}
// What a Token may have behind its first character (section 3.3.4).
constexpr bool is_structured_token_char(char c) noexcept { return is_token_char(c) || c == ':' || c == '/'; }

// Section 4.2 and its subsections, each as a function that takes its part from the left of `rest` and says whether it
// could.
class Parser {
 public:
  explicit Parser(std::string_view& rest) noexcept : rest_(rest) {}

  bool key(std::string_view& key) noexcept {  // 4.2.3.3
    if (rest_.empty() || !is_key_start(rest_.front())) return false;
    key = take_while(is_key_char);
    return true;
  }

  bool parameters() noexcept {  // 4.2.3.2
    while (!rest_.empty() && rest_.front() == ';') {
      rest_.remove_prefix(1);
      skip(" ");
      std::string_view name;
      if (!key(name)) return false;
      if (!rest_.empty() && rest_.front() == '=') {
        rest_.remove_prefix(1);
        StructuredItem value;
        if (!bare_item(value)) return false;
      }
    }
    return true;
  }

  bool item_or_inner_list(StructuredItem& item) noexcept {  // 4.2.1.1
    if (rest_.empty() || rest_.front() != '(') return bare_item(item) && parameters();
    const std::string_view start = rest_;
    rest_.remove_prefix(1);
    while (true) {
      skip(" ");
      if (rest_.empty()) return false;
      if (rest_.front() == ')') break;
      StructuredItem inner;
      if (!bare_item(inner) || !parameters()) return false;
      if (rest_.empty() || (rest_.front() != ' ' && rest_.front() != ')')) return false;
    }
    item = {StructuredItem::Type::inner_list, true, 0, start.substr(1, start.size() - rest_.size() - 1)};
    rest_.remove_prefix(1);
    return parameters();
  }

  void skip(std::string_view bytes) noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(bytes), rest_.size()));
  }

 private:
  template <class Belongs>
  std::string_view take_while(Belongs belongs) noexcept {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), belongs);
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  bool bare_item(StructuredItem& item) noexcept {  // 4.2.3.1
    if (rest_.empty()) return false;
    const char c = rest_.front();
    if (c == '-' || is_digit(c)) return number(item);
    if (c == '"') return string(item);
    if (c == '*' || is_alpha(c)) {  // 4.2.6
      item = {StructuredItem::Type::token, true, 0, take_while(is_structured_token_char)};
      return true;
    }
    if (c == ':') return byte_sequence(item);
    if (c == '?') return boolean(item);
    if (c == '@') {  // RFC 9651 section 4.2.9: an Integer follows
      rest_.remove_prefix(1);
      if (!number(item) || item.type != StructuredItem::Type::integer) return false;
      item.type = StructuredItem::Type::date;
      return true;
    }
    if (c == '%') return display_string(item);
    return false;
  }

  bool number(StructuredItem& item) noexcept {  // 4.2.4: at most 15 digits, of a Decimal at most 12 and then 3
    const bool negative = !rest_.empty() && rest_.front() == '-';
    if (negative) rest_.remove_prefix(1);
    const std::string_view whole = take_while(is_digit);
    if (whole.empty() || whole.size() > 15) return false;
    if (!rest_.empty() && rest_.front() == '.') {
      rest_.remove_prefix(1);
      const std::string_view fraction = take_while(is_digit);
      if (whole.size() > 12 || fraction.empty() || fraction.size() > 3) return false;
      item = {StructuredItem::Type::decimal, true, 0, whole};
      return true;
    }
    std::int64_t value = 0;
    for (const char c : whole) value = value * 10 + (c - '0');
    item = {StructuredItem::Type::integer, true, negative ? -value : value, whole};
    return true;
  }

  bool string(StructuredItem& item) noexcept {  // 4.2.5
    bool escaped = false;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      const auto byte = static_cast<unsigned char>(rest_[i]);
      if (byte < 0x20 || byte >= 0x7f) return false;
      if (byte == '\\') {
        if (++i >= rest_.size() || (rest_[i] != '"' && rest_[i] != '\\')) return false;
        escaped = true;
      } else if (byte == '"') {
        item = {StructuredItem::Type::string, true, 0, rest_.substr(1, i - 1), escaped};
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  bool byte_sequence(StructuredItem& item) noexcept {  // 4.2.7; what is between the colons is not decoded
    rest_.remove_prefix(1);
    const std::string_view text = take_while(is_base64_char);
    if (rest_.empty() || rest_.front() != ':') return false;
    rest_.remove_prefix(1);
    item = {StructuredItem::Type::byte_sequence, true, 0, text};
    return true;
  }

  bool boolean(StructuredItem& item) noexcept {  // 4.2.8
    if (rest_.size() < 2 || (rest_[1] != '0' && rest_[1] != '1')) return false;
    item = {StructuredItem::Type::boolean, rest_[1] == '1', 0, {}};
    rest_.remove_prefix(2);
    return true;
  }

  bool display_string(StructuredItem& item) noexcept {  // RFC 9651 section 4.2.10; its UTF-8 is not checked
    if (rest_.size() < 2 || rest_[1] != '"') return false;
    for (std::size_t i = 2; i < rest_.size(); ++i) {
      const auto byte = static_cast<unsigned char>(rest_[i]);
      if (byte < 0x20 || byte >= 0x7f) return false;
      if (byte == '%') {
        const auto hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
        if (i + 2 >= rest_.size() || !hex(rest_[i + 1]) || !hex(rest_[i + 2])) return false;
        i += 2;
      } else if (byte == '"') {
        item = {StructuredItem::Type::display_string, true, 0, rest_.substr(2, i - 2)};
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  std::string_view& rest_;
};

}  // namespace

DictionaryReader::DictionaryReader(std::string_view line) noexcept : rest_(line) {
  // Section 4.2: spaces around the whole field. Tabs are no part of it, but a line's own edges are OWS.
  rest_ = trim(rest_);
}

bool DictionaryReader::next(DictionaryMember& member) noexcept {  // 4.2.2
  if (failed_ || rest_.empty()) return false;
  Parser parser(rest_);
  failed_ = true;
  if (!first_) {
    parser.skip(" \t");
    if (rest_.empty() || rest_.front() != ',') return false;
    rest_.remove_prefix(1);
    parser.skip(" \t");
    if (rest_.empty()) return false;  // a comma at the end
  }
  first_ = false;
  if (!parser.key(member.key)) return false;
  if (!rest_.empty() && rest_.front() == '=') {
    rest_.remove_prefix(1);
    if (!parser.item_or_inner_list(member.value)) return false;
  } else {
    member.value = {};  // a key alone is true
    if (!parser.parameters()) return false;
  }
  // What follows must be the next comma: look now, so that a mistake behind the last member is found too.
  if (const std::string_view behind = trim(rest_); !behind.empty() && behind.front() != ',') return false;
  failed_ = false;
  return true;
}

bool is_structured_token(std::string_view text) noexcept {
  return !text.empty() && (is_alpha(text.front()) || text.front() == '*') &&
         std::all_of(text.begin(), text.end(), is_structured_token_char);
}

void append_structured_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += '?';
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_structured_token_or_string(std::string& out, std::string_view text) {
  if (is_structured_token(text)) {
    out += text;
  } else {
    append_structured_string(out, text);
  }
}

}  // namespace freshet::http
