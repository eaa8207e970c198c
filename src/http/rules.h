// What an operator may choose about HTTP caching, as one value. Every decision of this room takes it as an argument.
//
// Two profiles. `Rules::rfc()` does what RFC 9111 and its relatives allow, to the letter. `Rules::safe()` is the
// product's default: it differs where something that the RFC allows has leaked pages or has been used as an attack.
// Each field says what the two have and why; docs/rfc9111.md lists the differences.
#pragma once

#include "http/grammar.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace freshet::http {

/// What becomes of a response that sets cookies.
enum class SetCookie : std::uint8_t {
  refuse,  ///< it is not stored
  strip,   ///< it is stored without the cookies
  store,   ///< as it is: everybody gets the cookie. RFC 9111 section 7.3 leaves this to the origin's Cache-Control
};

struct Rules {
  // --- whose cache it is -----------------------------------------------------------------------------------------
  /// RFC 9111 section 1.2.1: a shared cache answers many users. False: one user's own cache.
  bool shared = true;
  /// The targeted fields that speak to this cache, the first has precedence (RFC 9213 section 2.2). Only a shared cache
  /// should have any.
  std::vector<std::string> targeted_fields = {"CDN-Cache-Control"};

  // --- what is stored --------------------------------------------------------------------------------------------
  SetCookie set_cookie = SetCookie::refuse;  ///< rfc: store. CVE-2023-30861: one user's session for everybody
  /// 4xx and 5xx other than 404 and 410. rfc: true. Off, because an error that one client's odd request provoked would
  /// be served to all ("CPDoS").
  bool store_errors = false;
  /// POST with explicit freshness and a Content-Location that names its own target (RFC 9110 section 9.3.3). rfc: true.
  bool store_post = false;
  /// must-revalidate lets a shared cache keep what was asked for with Authorization (RFC 9111 section 3.5). rfc: true.
  /// Off: it is often set on private pages, by authors who wanted less caching. public and s-maxage are clear.
  bool must_revalidate_shares_authorized = false;
  /// A 206 whose Content-Range names more bytes than came is kept as what came. rfc: true. Off: it contradicts itself.
  bool mend_content_range = false;

  // --- freshness that nobody stated (RFC 9111 section 4.2.2) -----------------------------------------------------
  /// Hundredths of the time since Last-Modified. 0: never.
  std::uint32_t heuristic_percent = 10;
  /// And at most this.
  Seconds heuristic_most{86400};
  /// Also where the request carried a Cookie. rfc: true. Off: a page made for one user that says nothing about caching is
  /// not kept at all, not even to be validated.
  bool heuristic_with_cookie = false;
  /// Also where the path ends like a static file's and the Content-Type is another one. rfc: true. Off: "web cache
  /// deception", /account/x.css answered with the account page.
  bool heuristic_against_type = false;

  // --- reuse -----------------------------------------------------------------------------------------------------
  /// no-cache, max-age, min-fresh, max-stale and Pragma in requests (RFC 9111 section 5.2.1 leaves it to the cache).
  bool obey_request_directives = true;
  /// A stored response that was not allowed for authorized requests answers one. rfc: true, section 3.5 speaks of
  /// storing only. Off: who authenticates expects what is theirs.
  bool reuse_for_authorized = false;

  // --- stale (RFC 9111 section 4.2.4, RFC 5861) ------------------------------------------------------------------
  /// Longest stale-while-revalidate that is honoured.
  Seconds most_stale_while_revalidate{7 * 86400};
  /// Longest stale-if-error and max-stale that are honoured.
  Seconds most_stale_if_error{7 * 86400};
  /// stale-if-error where the origin names none and forbids nothing. 0: only the origin decides.
  Seconds default_stale_if_error{86400};
  /// s-maxage forbids stale (RFC 9111 section 5.2.2.10), even beside an explicit stale-while-revalidate or
  /// stale-if-error. True: those two win over s-maxage, as many origins mean it. Both profiles: false.
  bool stale_beside_s_maxage = false;

  /// So long after the origin failed to answer, a stale response that may stand in for that (section 4.2.4) is served
  /// without asking again. rfc: 0. On, because an origin that hangs would otherwise cost every client the whole timeout.
  Seconds pause_after_failure{1};

  /// How long a response with a validator is kept after it went stale, to be validated and not fetched anew.
  Seconds keep_for_validation{7 * 86400};

  // --- Vary (RFC 9111 section 4.1) -------------------------------------------------------------------------------
  /// Variants kept per URL. The oldest makes room.
  std::size_t most_variants = 32;
  /// Fields that one Vary may name; more is not stored.
  std::size_t most_vary_fields = 16;
  /// Bytes of the selecting fields of one variant; more is not stored.
  std::size_t most_selecting_bytes = 2048;
  /// Whitespace around commas does not count in fields that are not known to be lists. rfc: true.
  bool vary_trims_unknown = false;
  /// A variant whose Content-Language is what the request wants most answers, though its Accept-Language was another
  /// one. rfc: true. Off: the origin may vary in more than the language it names.
  bool vary_by_content_language = false;

  // --- ranges (RFC 9110 section 14) ------------------------------------------------------------------------------
  /// More ranges in one request and the whole is sent instead (CVE-2011-3192). At most kMostRanges.
  std::size_t most_ranges = 16;
  /// Asks for the missing rest of a partial response although there is no strong validator to join the two. rfc: true.
  /// Off: a 206 would have to be thrown away, and the whole be asked for again.
  bool complete_without_validator = false;

  // --- requests that go on ---------------------------------------------------------------------------------------
  /// Request fields that are not passed on: origins take them as if the proxy had set them, and no key contains them
  /// (CVE-2025-49826 and its kin). Keying them by Vary does not help, the origin must say so first.
  std::vector<std::string> unkeyed_fields = {
      "X-Forwarded-Host", "X-Forwarded-Scheme", "X-Forwarded-Server", "X-Forwarded-Prefix",
      "X-Host",           "X-Original-URL",     "X-Rewrite-URL",      "X-HTTP-Method-Override",
      "X-HTTP-Method",    "X-Method-Override",  "X-Original-Host",    "Forwarded"};
  /// Request fields with an underscore in their name are passed on. rfc: true. Off: CGI and WSGI take X_User for X-User,
  /// which lets a client say what a field that we check or drop says.
  bool forward_underscored_fields = false;
  /// The query's parameters are sorted in the key: `b=1&a=2` is `a=2&b=1`. Both profiles: false, the query is the
  /// origin's own language (CVE-2021-23336).
  bool sort_query = false;

  bool operator==(const Rules&) const = default;

  static Rules safe();
  static Rules rfc();
};

}  // namespace freshet::http
