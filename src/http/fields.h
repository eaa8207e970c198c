// A message's fields as a parser sees them, and the two messages that a cache decides about. Views only: whoever parsed
// the message owns its bytes, and everything here lives as long as they do.
//
// Ownership: nothing is copied. Cost: a lookup compares lengths first, and then only the names of that length.
#pragma once

#include "http/grammar.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace freshet::http {

/// One field line. The parser has taken the whitespace around the value away and has refused what is not a token or not
/// a field value.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// All lines in the order of the message; a name may come several times.
using Fields = std::span<const Field>;

struct Request {
  std::string_view method;     ///< case-sensitive: "GET" (RFC 9110 section 9.1)
  std::string_view scheme;     ///< "http" or "https"
  std::string_view authority;  ///< the Host that the request was made to: "example.org:8080"
  std::string_view target;     ///< path and query, verbatim: "/a/b?c=d"
  Fields fields;
};

struct Response {
  std::uint16_t status = 0;
  Fields fields;
};

/// The value of the first line of that name.
std::optional<std::string_view> find(Fields fields, std::string_view name) noexcept;
bool has(Fields fields, std::string_view name) noexcept;
std::size_t count(Fields fields, std::string_view name) noexcept;

/// The members of a list-valued field, one after the other (RFC 9110 section 5.6.1): split at commas outside quoted
/// strings, without the whitespace around them, empty ones left out.
///
/// A quotation mark opens a quoted string only where one may begin and only if it is closed. So a stray mark cannot
/// hide the members behind it: `x=", no-store` still says no-store.
class Members {
 public:
  explicit Members(std::string_view value) noexcept : rest_(value) {}
  std::optional<std::string_view> next() noexcept;

 private:
  std::string_view rest_;
  // Once a quotation mark stayed open, none opens any more: each would be searched to the line's end again.
  bool unclosed_ = false;
};

/// Calls `visit(member)` for each member of each line of that name.
template <class Visit>
void each_member(Fields fields, std::string_view name, Visit&& visit) {
  for (const Field& field : fields) {
    if (!same_word(field.name, name)) continue;
    Members members(field.value);
    while (const auto member = members.next()) visit(*member);
  }
}

/// Whether a list-valued field has this member, whatever its case: `contains_word(fields, "Connection", "close")`.
bool contains_word(Fields fields, std::string_view name, std::string_view word) noexcept;

/// The two methods whose answers the cache may give (RFC 9111 section 4, RFC 9110 section 9.3.2).
constexpr bool is_get_or_head(std::string_view method) noexcept { return method == "GET" || method == "HEAD"; }

}  // namespace freshet::http
