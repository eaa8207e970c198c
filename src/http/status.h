// What the cache knows of status codes (RFC 9110 section 15, RFC 9111 section 3).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace freshet::http {

/// RFC 9110 section 15: 1xx are interim; the response is still to come.
constexpr bool is_final(std::uint16_t status) noexcept { return status >= 200 && status <= 599; }

/// RFC 9111 section 4.4: "a non-error response is one with a 2xx or 3xx status code".
constexpr bool is_success(std::uint16_t status) noexcept { return status >= 200 && status <= 399; }

/// RFC 5861 section 4: the answers for which stale-if-error stands in.
constexpr bool is_server_failure(std::uint16_t status) noexcept {
  return status == 500 || status == 502 || status == 503 || status == 504;
}

/// RFC 9110 section 15.1: the codes "defined as heuristically cacheable".
inline constexpr std::array<std::uint16_t, 12> kHeuristicallyCacheable = {200, 203, 204, 206, 300, 301,
                                                                          308, 404, 405, 410, 414, 501};
constexpr bool is_heuristically_cacheable(std::uint16_t status) noexcept {
  return std::binary_search(kHeuristicallyCacheable.begin(), kHeuristicallyCacheable.end(), status);
}

/// For must-understand (RFC 9111 section 5.2.2.3): codes whose caching rules this room carries out. All final ones that
/// RFC 9110 defines, but those of answers_an_unkeyed_field() and 304, which updates and is not stored.
inline constexpr std::array<std::uint16_t, 36> kUnderstood = {
    200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404,
    405, 406, 408, 409, 410, 411, 413, 414, 415, 421, 422, 426, 500, 501, 502, 503, 504, 505};
constexpr bool is_understood(std::uint16_t status) noexcept {
  return std::binary_search(kUnderstood.begin(), kUnderstood.end(), status);
}

/// Answers to a field of the request that no key contains: 407 to Proxy-Authorization, 412 to If-Match and
/// If-Unmodified-Since, 416 to Range, 417 to Expect. Stored, they would answer requests without that field.
constexpr bool answers_an_unkeyed_field(std::uint16_t status) noexcept {
  return status == 407 || status == 412 || status == 416 || status == 417;
}

}  // namespace freshet::http
