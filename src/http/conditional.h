// Conditional requests: those of clients, which a stored response answers (RFC 9111 section 4.3.2), and those that the
// cache sends itself to validate (section 4.3.1). The order of preconditions is that of RFC 9110 section 13.2.2.
#pragma once

#include "http/stored_head.h"

#include <array>
#include <span>

namespace freshet::http {

enum class Precondition : std::uint8_t {
  proceed,       ///< answer as without conditions
  not_modified,  ///< 304
};

/// What a client's If-None-Match or If-Modified-Since makes of an answer from the cache. If-Match and
/// If-Unmodified-Since are the origin's business and are not looked at.
Precondition evaluate(const Request& request, const StoredHead& stored, Instant now);

/// The request asks for a range of this response: a GET with one Range, whose If-Range, if any, holds (RFC 9110
/// sections 13.1.5 and 14.2).
bool range_applies(const Request& request, const StoredHead& stored, Instant now);

/// The ranges of a stored response that a request gets; `whole` where no Range applies (RFC 9110
/// sections 13.1.5, 14.2). Ask after evaluate(), and only for what reuse() serves.
Selection selection(const Request& request, const StoredHead& stored, const Rules& rules, Instant now);

/// The fields that turn a request into one that validates `stored`: its validators, byte by byte. None when it has
/// none.
class Conditions {
 public:
  explicit Conditions(const StoredHead& stored);
  Fields fields() const noexcept { return {fields_.data(), count_}; }

 private:
  std::array<Field, 2> fields_;
  std::size_t count_ = 0;
};

/// Which fields of the client's request are left out while the cache validates: its own conditions, which are evaluated
/// against the outcome instead, and with a complete stored response its Range, so that what comes back if it changed is
/// whole.
bool is_replaced_when_validating(const StoredHead& stored, std::string_view name);

}  // namespace freshet::http
