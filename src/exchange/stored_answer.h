// A stored response as the answer to one request: status, fields, and which bytes of the body (RFC 9110 sections 13 to
// 15). What belongs to a connection (framing it, keeping it open) is left to whoever writes it.
#pragma once

#include "http/cache_status.h"
#include "http/conditional.h"
#include "http/rules.h"
#include "http/stored_head.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::exchange {

/// Reusable between requests: then nothing is allocated but for several ranges at once.
struct StoredAnswer {
  std::uint16_t status = 0;
  /// Field lines, each with its end: the stored ones, Age, Content-Range, Cache-Status; and Content-Length, except for
  /// a 304.
  std::string fields;
  /// The body in order: views of the stored body, and of `parts` between several ranges. Empty for HEAD and 304.
  std::vector<std::string_view> body;
  std::uint64_t body_bytes = 0;

  std::string parts;  ///< the heads of the ranges; see `body`
};

struct AnswerContext {
  const http::Request& request;
  const http::Rules& rules;
  Instant now;
  http::Seconds age;
  /// Written unless its name is empty.
  std::string_view cache_name;
  http::CacheStatus cache_status;
};

/// `stored` with its whole body, in pieces, as reuse() lets it be served.
void make_answer(StoredAnswer& out, const http::StoredHead& stored, std::span<const std::string_view> body,
                 const AnswerContext& context);
inline void make_answer(StoredAnswer& out, const http::StoredHead& stored, std::string_view body,
                        const AnswerContext& context) {
  make_answer(out, stored, std::span(&body, 1), context);
}

}  // namespace freshet::exchange
