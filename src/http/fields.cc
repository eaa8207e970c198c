#include "http/fields.h"

namespace freshet::http {

std::optional<std::string_view> find(Fields fields, std::string_view name) noexcept {
  for (const Field& field : fields) {
    if (same_word(field.name, name)) return field.value;
  }
  return std::nullopt;
}

bool has(Fields fields, std::string_view name) noexcept { return find(fields, name).has_value(); }

std::size_t count(Fields fields, std::string_view name) noexcept {
  std::size_t n = 0;
  for (const Field& field : fields) {
    if (same_word(field.name, name)) ++n;
  }
  return n;
}

namespace {

// Where the quoted string that opens at `at` closes; npos if it does not.
std::size_t closing_quote(std::string_view text, std::size_t at) noexcept {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;  // a quoted-pair: whatever follows is no end (RFC 9110 section 5.6.4)
    } else if (text[i] == '"') {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> Members::next() noexcept {
  while (!rest_.empty()) {
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != ',') {
      // Behind a token's character no quoted string begins: `W"a, b"` is two members, `W/"a, b"` is one.
      const bool may_open = end == 0 || !is_token_char(rest_[end - 1]);
      if (rest_[end] == '"' && may_open && !unclosed_) {
        if (const std::size_t close = closing_quote(rest_, end); close != std::string_view::npos) {
          end = close;
        } else {
          unclosed_ = true;
        }
      }
      ++end;
    }
    const std::string_view member = trim(rest_.substr(0, end));
    rest_.remove_prefix(end < rest_.size() ? end + 1 : end);
    if (!member.empty()) return member;
  }
  return std::nullopt;
}

bool contains_word(Fields fields, std::string_view name, std::string_view word) noexcept {
  bool found = false;
  each_member(fields, name, [&](std::string_view member) { found = found || same_word(member, word); });
  return found;
}

}  // namespace freshet::http
