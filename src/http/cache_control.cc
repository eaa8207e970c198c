#include "http/cache_control.h"

#include "http/structured.h"

#include <algorithm>

namespace freshet::http {
namespace {

// One member of Cache-Control, in three pieces.
struct Directive {
  std::string_view name;
  std::string_view argument;  ///< without quotation marks
  bool has_argument = false;
  bool well_formed = true;
};

// cache-directive = token [ "=" ( token / quoted-string ) ]
Directive read_directive(std::string_view member) noexcept {
  Directive directive;
  std::size_t end = 0;
  while (end < member.size() && is_token_char(member[end])) ++end;
  directive.name = member.substr(0, end);
  if (end == member.size()) return directive;
  directive.has_argument = true;
  if (member[end] != '=') {
    directive.well_formed = false;
    return directive;
  }
  std::string_view argument = member.substr(end + 1);
  if (argument.size() >= 2 && argument.front() == '"' && argument.back() == '"') {
    argument = argument.substr(1, argument.size() - 2);
    // No argument that we know needs an escape; one that has any is not read further. The same for a mark in the
    // middle.
    directive.well_formed = argument.find_first_of("\\\"") == std::string_view::npos;
  } else {
    directive.well_formed = is_token(argument);
  }
  directive.argument = argument;
  return directive;
}

// Of two that differ neither is believed (section 4.2.1: "either the first [...] or [...] considered stale").
void set_lifetime(DeltaSeconds& lifetime, std::optional<Seconds> value) noexcept {
  if (lifetime.present) {
    lifetime.valid = lifetime.valid && value == lifetime.value;
    return;
  }
  lifetime = {true, value.has_value(), value.value_or(Seconds{0})};
}

// A span that permits something: of several the smallest holds, an invalid one is none.
void set_permission(DeltaSeconds& span, std::optional<Seconds> value) noexcept {
  const Seconds seconds = value.value_or(Seconds{0});
  span = {true, true, span.present ? std::min(span.value, seconds) : seconds};
}

// A demand: of several the largest holds, an invalid one is ignored (a request's directives are wishes).
void set_demand(DeltaSeconds& span, std::optional<Seconds> value) noexcept {
  if (value) span = {true, true, std::max(span.value, *value)};
}

std::optional<Seconds> seconds_in(const Directive& directive) noexcept {
  // Section 5.2: recipients ought to accept the quoted form of an argument too.
  return directive.well_formed ? parse_delta_seconds(directive.argument) : std::nullopt;
}

// A cache that left one of these out would send another response than the one it got: no qualification covers them.
constexpr std::array<std::string_view, 10> kNeverWithheld = {
    "age",  "cache-control", "content-encoding", "content-length", "content-range", "content-type", "date",
    "etag", "vary",          "last-modified"};

// A comma-separated list of names of fields that can be withheld, and nothing else.
bool is_name_list(std::string_view list) noexcept {
  Members members(list);
  bool any = false;
  while (const auto member = members.next()) {
    const auto is_it = [&](std::string_view name) { return same_word(name, *member); };
    if (!is_token(*member) || std::any_of(kNeverWithheld.begin(), kNeverWithheld.end(), is_it)) return false;
    any = true;
  }
  return any;
}

// no-cache and private, sections 5.2.2.4 and 5.2.2.7: what is not plainly qualified is unqualified, which restricts
// more.
void set_qualified(bool& unqualified, NameList& fields, bool is_list, std::string_view list) noexcept {
  if (!is_list || !is_name_list(list) || !fields.add(list)) unqualified = true;
}

void apply(ResponseDirectives& out, const Directive& directive) noexcept {
  const auto is = [&](std::string_view name) { return same_word(directive.name, name); };
  if (is("no-store")) {
    out.no_store = true;
  } else if (is("no-cache")) {
    set_qualified(out.no_cache, out.no_cache_fields, directive.has_argument && directive.well_formed,
                  directive.argument);
  } else if (is("private")) {
    set_qualified(out.is_private, out.private_fields, directive.has_argument && directive.well_formed,
                  directive.argument);
  } else if (is("must-revalidate")) {
    out.must_revalidate = true;
  } else if (is("proxy-revalidate")) {
    out.proxy_revalidate = true;
  } else if (is("max-age")) {
    set_lifetime(out.max_age, seconds_in(directive));
  } else if (is("s-maxage")) {
    set_lifetime(out.s_maxage, seconds_in(directive));
  } else if (is("stale-while-revalidate")) {
    set_permission(out.stale_while_revalidate, seconds_in(directive));
  } else if (is("stale-if-error")) {
    set_permission(out.stale_if_error, seconds_in(directive));
  } else if (directive.well_formed && !directive.has_argument) {
    // These permit something: only as they are defined.
    if (is("public")) out.is_public = true;
    if (is("must-understand")) out.must_understand = true;
    if (is("immutable")) out.immutable = true;
  }
  // Section 5.2.3: whatever else is ignored.
}

// Maps a Dictionary's member to the directive that it stands for (RFC 9213 section 2.1). False: its value is of a type
// that this directive cannot have, and the field is as good as invalid.
bool apply(ResponseDirectives& out, const DictionaryMember& member) noexcept {
  using Type = StructuredItem::Type;
  const StructuredItem& value = member.value;
  const auto is = [&](std::string_view name) { return member.key == name; };
  const auto flag = [&](bool& directive) {
    directive = value.type != Type::boolean || value.boolean;
    return true;
  };
  const auto permission = [&](bool& directive) {
    directive = value.type == Type::boolean && value.boolean;
    return value.type == Type::boolean;
  };
  const auto seconds = [&](DeltaSeconds& span) {
    // The last of several counts: RFC 9651 section 4.2.2. A negative number is no delta-seconds.
    span = {true, value.integer >= 0, std::min(Seconds(std::max<std::int64_t>(value.integer, 0)), kMostSeconds)};
    return value.type == Type::integer;
  };
  const auto qualified = [&](bool& unqualified, NameList& fields) {
    if (value.type == Type::boolean) {
      unqualified = value.boolean;
    } else {
      set_qualified(unqualified, fields, value.type == Type::string && !value.escaped, value.text);
    }
    return true;
  };
  if (is("no-store")) return flag(out.no_store);
  if (is("no-cache")) return qualified(out.no_cache, out.no_cache_fields);
  if (is("private")) return qualified(out.is_private, out.private_fields);
  if (is("must-revalidate")) return flag(out.must_revalidate);
  if (is("proxy-revalidate")) return flag(out.proxy_revalidate);
  if (is("public")) return permission(out.is_public);
  if (is("must-understand")) return permission(out.must_understand);
  if (is("immutable")) return permission(out.immutable);
  if (is("max-age")) return seconds(out.max_age);
  if (is("s-maxage")) return seconds(out.s_maxage);
  if (is("stale-while-revalidate")) return seconds(out.stale_while_revalidate);
  if (is("stale-if-error")) return seconds(out.stale_if_error);
  return true;
}

}  // namespace

bool NameList::contains(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    Members members(lists_[i]);
    while (const auto member = members.next()) {
      if (same_word(*member, name)) return true;
    }
  }
  return false;
}

bool NameList::add(std::string_view list) noexcept {
  if (count_ == lists_.size()) return false;
  lists_[count_++] = list;
  return true;
}

RequestDirectives request_directives(Fields fields) {
  RequestDirectives out;
  bool any = false;
  each_member(fields, "Cache-Control", [&](std::string_view member) {
    any = true;
    const Directive directive = read_directive(member);
    const auto is = [&](std::string_view name) { return same_word(directive.name, name); };
    if (is("no-cache")) {
      out.no_cache = true;
    } else if (is("no-store")) {
      out.no_store = true;
    } else if (is("only-if-cached")) {
      out.only_if_cached = true;
    } else if (is("max-age")) {
      if (const auto value = seconds_in(directive)) set_permission(out.max_age, value);
    } else if (is("min-fresh")) {
      set_demand(out.min_fresh, seconds_in(directive));
    } else if (is("max-stale")) {
      // Section 5.2.1.2: without an argument any age will do.
      set_permission(out.max_stale, directive.has_argument ? seconds_in(directive) : kMostSeconds);
    } else if (is("stale-if-error")) {
      set_permission(out.stale_if_error, seconds_in(directive));
    }
  });
  // Section 5.4: Pragma speaks where no Cache-Control does.
  if (!any && contains_word(fields, "Pragma", "no-cache")) out.no_cache = true;
  return out;
}

ResponseDirectives response_directives(Fields fields, const Rules& rules) {
  // RFC 9213 section 2.2: the first that is valid and not empty decides alone.
  for (const std::string& name : rules.targeted_fields) {
    ResponseDirectives out;
    bool any = false;
    bool types_fit = true;
    const bool parsed = each_dictionary_member(fields, name, [&](const DictionaryMember& member) {
      any = true;
      types_fit = apply(out, member) && types_fit;
    });
    if (parsed && any && types_fit) {
      out.targeted = true;
      return out;
    }
  }
  ResponseDirectives out;
  each_member(fields, "Cache-Control", [&](std::string_view member) { apply(out, read_directive(member)); });
  return out;
}

}  // namespace freshet::http
