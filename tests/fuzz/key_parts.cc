#include "key_parts.h"

#include <charconv>
#include <map>

namespace freshet::fuzz {
namespace {

// A recursive descent over the forms at the top of key.h.
class Parser {
 public:
  explicit Parser(std::string_view text) : left_(text) {}

  bool call(Call& call) {
    while (!left_.empty() && left_.front() != '(') {
      if (take("%28")) {
        call.name += '(';
      } else if (take("%25")) {
        call.name += '%';
      } else {
        if (left_.front() == '%') return false;
        call.name += left_.front();
        left_.remove_prefix(1);
      }
    }
    return list('(', ')', call.arguments) && left_.empty();
  }

 private:
  bool take(std::string_view word) {
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }

  std::string_view take_while(std::string_view of) {
    const std::string_view taken = left_.substr(0, left_.find_first_not_of(of));
    left_.remove_prefix(taken.size());
    return taken;
  }

  bool list(char first, char last, std::vector<std::string>& parts) {
    if (!take({&first, 1})) return false;
    if (take({&last, 1})) return true;
    do {
      if (!value(parts.emplace_back())) return false;
    } while (take(","));
    return take({&last, 1});
  }

  bool one(char kind, std::string& out) {
    std::string inner;
    if (!value(inner)) return false;
    out = told(kind, {inner});
    return true;
  }

  bool value(std::string& out) {
    if (left_.empty()) return false;
    std::vector<std::string> parts;
    switch (left_.front()) {
      case '[':
        return list('[', ']', parts) && (out = told('[', parts), true);
      case '(':
        return list('(', ')', parts) && (out = told('(', parts), true);
      case '{':
        return list('{', '}', parts) && (out = told('{', parts), true);
      case '?':
      case '#':
      case '$':
      case 'T': {
        const char kind = left_.front();
        left_.remove_prefix(1);
        return one(kind, out);
      }
      case '@': {
        left_.remove_prefix(1);
        const std::string index(take_while("0123456789"));
        std::string held;
        if (index.empty() || !take(":") || !value(held)) return false;
        out = told('@', {index, held});
        return true;
      }
      case 'x':
        return hex(out);
      default:
        break;
    }
    if (take("true")) return out = told('B', {"1"}), true;
    if (take("false")) return out = told('B', {"0"}), true;
    if (take("nil")) return out = told('N', {}), true;
    return number(out);
  }

  bool hex(std::string& out) {
    left_.remove_prefix(1);
    const std::string_view digits = take_while("0123456789abcdef");
    if (digits.size() % 2 != 0) return false;
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
      unsigned byte = 0;
      std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
      bytes += static_cast<char>(byte);
    }
    out = told('X', {bytes});
    return true;
  }

  // An integer, a string's length, a floating-point number, or a span of time in any of these.
  bool number(std::string& out) {
    const std::string_view all = left_;
    const bool minus = take("-");
    const std::string_view whole = take_while("0123456789");
    if (!minus && !whole.empty() && take(":")) return text(whole, out);
    const bool word = whole.empty() && (take("inf") || (!minus && take("nan")));
    if (whole.empty() && !word) return false;
    bool floating = word;
    if (!word && take(".")) floating = !take_while("0123456789").empty();
    if (!word && take("e")) {
      if (!take("+") && !take("-")) return false;
      floating = !take_while("0123456789").empty();
    }
    const std::string_view digits = all.substr(0, all.size() - left_.size());
    if (!floating) {
      out = told('I', {std::string(digits)});
    } else if (take("d")) {
      out = meaning_of_floating(read<double>(digits), 'd');
    } else if (take("f")) {
      out = meaning_of_floating(read<float>(digits), 'f');
    } else {
      return false;
    }
    return unit(out);
  }

  template <class T>
  static T read(std::string_view digits) {
    T number{};
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  }

  bool text(std::string_view length, std::string& out) {
    const auto bytes = read<std::size_t>(length);
    if (bytes > left_.size()) return false;
    out = told('S', {std::string(left_.substr(0, bytes))});
    left_.remove_prefix(bytes);
    return true;
  }

  // Of a span of time; other numbers have none.
  bool unit(std::string& out) {
    struct Unit {
      std::string_view name, num, den;
    };
    constexpr Unit kUnits[] = {{"ns", "1", "1000000000"}, {"us", "1", "1000000"}, {"ms", "1", "1000"},
                               {"min", "60", "1"},        {"s", "1", "1"},        {"h", "3600", "1"},
                               {"day", "86400", "1"}};
    for (const Unit& unit : kUnits) {
      if (!take(unit.name)) continue;
      out = told('D', {out, std::string(unit.num), std::string(unit.den)});
      return true;
    }
    return true;
  }

  std::string_view left_;
};

}  // namespace

std::string told(char kind, const std::vector<std::string>& parts) {
  std::string out(1, kind);
  for (const std::string& part : parts) out += std::to_string(part.size()) + '<' + part + '>';
  return out;
}

bool take_apart(std::string_view key, Call& call) { return Parser(key).call(call); }

}  // namespace freshet::fuzz
