// Cache-Control as requests and responses carry it (RFC 9111 section 5.2), and the targeted fields that replace it
// (RFC 9213), as plain values.
//
// One principle decides every malformed member: it may restrict, never permit. `no-store;x` still is no-store;
// `public=1x"` is nothing; `max-age=3600a` is a lifetime of zero (section 4.2.1).
#pragma once

#include "http/fields.h"
#include "http/rules.h"

#include <array>

namespace freshet::http {

/// A directive with a number of seconds.
struct DeltaSeconds {
  bool present = false;
  bool valid = false;  ///< false while present: not a number, or two that contradict each other
  Seconds value{0};
  /// What a freshness lifetime makes of it: invalid is zero, section 4.2.1.
  Seconds or_zero() const noexcept { return valid ? value : Seconds{0}; }
};

/// The field names in a qualified no-cache="..." or private="...". Views of the message.
class NameList {
 public:
  bool empty() const noexcept { return count_ == 0; }
  bool contains(std::string_view name) const noexcept;
  /// False when there is no room: the directive then counts as unqualified.
  bool add(std::string_view list) noexcept;

 private:
  std::array<std::string_view, 4> lists_;
  std::size_t count_ = 0;
};

struct RequestDirectives {
  bool no_cache = false;  ///< or Pragma: no-cache without any Cache-Control (section 5.4)
  bool no_store = false;
  bool only_if_cached = false;
  DeltaSeconds max_age;
  DeltaSeconds min_fresh;
  DeltaSeconds max_stale;       ///< without an argument: kMostSeconds
  DeltaSeconds stale_if_error;  ///< RFC 5861 section 4
};

struct ResponseDirectives {
  bool no_store = false;
  bool no_cache = false;    ///< unqualified
  bool is_private = false;  ///< unqualified
  bool is_public = false;
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  bool must_understand = false;
  bool immutable = false;  ///< RFC 8246
  DeltaSeconds max_age;
  DeltaSeconds s_maxage;
  DeltaSeconds stale_while_revalidate;  ///< RFC 5861 section 3
  DeltaSeconds stale_if_error;          ///< RFC 5861 section 4
  NameList no_cache_fields;
  NameList private_fields;
  /// They come from a targeted field: Cache-Control and Expires are not to be looked at (RFC 9213 section 2.2).
  bool targeted = false;
};

RequestDirectives request_directives(Fields fields);
/// From the first targeted field of the rules that is valid and not empty, else from Cache-Control.
ResponseDirectives response_directives(Fields fields, const Rules& rules);

}  // namespace freshet::http
