#include "http/vary.h"

#include <algorithm>
#include <array>
#include <vector>

namespace freshet::http {
namespace {

enum class Kind : std::uint8_t {
  opaque,       // nothing known: lines joined, nothing else
  list,         // a list in which order and case may matter
  preferences,  // Accept and its kin: members with weights, in any order, case-insensitive
};

Kind kind_of(std::string_view name) noexcept {
  for (const std::string_view one : {"accept-language", "accept-encoding", "accept-charset"}) {
    if (name == one) return Kind::preferences;
  }
  // Accept's parameters may be case-sensitive, so it is not lowered; A-IM, TE and the like are rare enough to be lists.
  for (const std::string_view one : {"accept", "prefer", "cache-control", "x-forwarded-for", "via", "origin-trial"}) {
    if (name == one) return Kind::list;
  }
  return Kind::opaque;
}

// A preference with its weight apart. RFC 9110 section 12.4.2: without one it is 1, "q" in any case.
struct Preference {
  std::string_view value;
  unsigned thousandths = 1000;
  bool valid = true;
};

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
bool parse_weight(std::string_view text, unsigned& thousandths) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return false;
  if (text.size() > 1 && text[1] != '.') return false;
  thousandths = text[0] == '1' ? 1000 : 0;
  unsigned place = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!is_digit(c)) return false;
    thousandths += static_cast<unsigned>(c - '0') * place;
    place /= 10;
  }
  return thousandths <= 1000;
}

Preference read_preference(std::string_view member) noexcept {
  Preference out{trim(member.substr(0, member.find(';'))), 1000, true};
  out.valid = is_token(out.value);
  if (!out.valid || out.value.size() == member.size()) return out;
  const std::string_view parameter = trim(member.substr(member.find(';') + 1));
  out.valid = parameter.size() > 2 && lower(parameter[0]) == 'q' && parameter[1] == '=' &&
              parse_weight(parameter.substr(2), out.thousandths);
  return out;
}

bool lower_less(std::string_view a, std::string_view b) noexcept {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return lower(x) < lower(y); });
}

void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) out += lower(c);
}

constexpr std::size_t kMostPreferences = 32;

// In one order and one spelling. False when a member is not understood or there are too many: then the text decides.
bool append_preferences(std::string& out, std::string_view name, Fields request) {
  std::array<Preference, kMostPreferences> all;
  std::size_t n = 0;
  bool understood = true;
  each_member(request, name, [&](std::string_view member) {
    const Preference one = read_preference(member);
    if (!one.valid || n == all.size()) {
      understood = false;
    } else {
      all[n++] = one;
    }
  });
  if (!understood) return false;
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(n);
  std::sort(all.begin(), end, [](const Preference& a, const Preference& b) {
    return lower_less(a.value, b.value) || (!lower_less(b.value, a.value) && a.thousandths < b.thousandths);
  });
  for (auto one = all.begin(); one != end; ++one) {
    if (one != all.begin()) out += ',';
    append_lower(out, one->value);
    if (one->thousandths != 1000) {
      const unsigned w = one->thousandths;
      // A byte that no field value has: the spelling "en;050" of a client must not look like it.
      const char digits[] = {'\x01', static_cast<char>('0' + w / 100), static_cast<char>('0' + w / 10 % 10),
                             static_cast<char>('0' + w % 10)};
      out.append(digits, sizeof digits);
    }
  }
  return true;
}

void append_list(std::string& out, std::string_view name, Fields request) {
  bool first = true;
  each_member(request, name, [&](std::string_view member) {
    if (!first) out += ',';
    first = false;
    out += member;
  });
}

// RFC 9110 section 5.2: lines of one name are one value, joined by a comma and a space.
void append_joined(std::string& out, std::string_view name, Fields request) {
  bool first = true;
  for (const Field& field : request) {
    if (!same_word(field.name, name)) continue;
    if (!first) out += ", ";
    first = false;
    out += trim(field.value);
  }
}

void append_one(std::string& out, std::string_view name, Fields request, const Rules& rules) {
  out += '\n';
  out += name;
  if (!has(request, name)) {
    out += '-';
    return;
  }
  out += '=';
  const Kind kind = kind_of(name);
  if (kind == Kind::preferences && append_preferences(out, name, request)) return;
  if (kind == Kind::list || (kind == Kind::opaque && rules.vary_trims_unknown)) {
    append_list(out, name, request);
  } else {
    append_joined(out, name, request);
  }
}

}  // namespace

std::optional<std::string> vary_names(Fields response, const Rules& rules) {
  std::vector<std::string> names;
  bool matchable = true;
  each_member(response, "Vary", [&](std::string_view member) {
    if (member == "*" || !is_token(member) || names.size() > rules.most_vary_fields) {
      matchable = false;
      return;
    }
    std::string& name = names.emplace_back();
    append_lower(name, member);
  });
  if (!matchable) return std::nullopt;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.size() > rules.most_vary_fields) return std::nullopt;
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ',';
    out += name;
  }
  return out;
}

bool append_selecting(std::string& out, std::string_view names, Fields request, const Rules& rules) {
  const std::size_t start = out.size();
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    append_one(out, names.substr(0, comma), request, rules);
    names.remove_prefix(std::min(comma + 1, names.size()));
    if (out.size() - start > rules.most_selecting_bytes) {
      out.resize(start);
      return false;
    }
  }
  return true;
}

std::string_view preferred_language(Fields request) {
  Preference best{{}, 0, true};
  bool alone = false;
  each_member(request, "Accept-Language", [&](std::string_view member) {
    const Preference one = read_preference(member);
    if (!one.valid || one.thousandths < best.thousandths) return;
    alone = one.thousandths > best.thousandths;
    best = one;
  });
  return alone ? best.value : std::string_view{};
}

}  // namespace freshet::http
