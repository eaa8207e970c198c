// Bringing a stored response up to date without its body: after a 304 (RFC 9111 section 4.3.4), after a HEAD
// (section 4.3.5), and joining the parts that two range requests brought (section 3.4).
#pragma once

#include "http/keep.h"

#include <string>
#include <vector>

namespace freshet::http {

/// The 304 speaks of this stored response. If not, nothing may be updated with it, and the request is to be sent again
/// without conditions.
bool identifies(const StoredHead& stored, const Response& not_modified, Instant now);

/// What a HEAD's answer says of a stored response to GET.
enum class HeadSays : std::uint8_t {
  nothing,   ///< not a 200: no conclusion
  the_same,  ///< update its fields
  changed,   ///< take it for stale
};
HeadSays compare_with_head(const StoredHead& stored, const Response& head, Instant now);

/// The stored response's fields with those of a newer response put in their place (section 3.2). Left alone: what
/// describes the stored bytes (Content-Length, Content-Encoding, Content-Range), what is not stored at all, and
/// Set-Cookie unless the rules store it. Views of both. Without Date in `newer`, Date is gone: it was received now.
std::vector<Field> merged_fields(const StoredHead& stored, const Response& newer, const Rules& rules);

struct Updated {
  /// Reason::stored: to be stored with `head`. Else it answers this client and nobody after.
  Kept kept;
  /// Not stored, and what is stored must go too: the origin has taken back the permission to keep it, with no-store or
  /// private for example. False when the request was the reason (Authorization, no-store): it says nothing about
  /// others.
  bool erase = false;
  /// The response itself, as it now is: a StoredHead in any case but refused_bad_field.
  std::string head;
};

/// A stored response after a 304 or a HEAD that identifies it. `request` is what was sent, `exchange` when.
Updated update(const StoredHead& stored, const Request& request, const Response& newer, const Rules& rules,
               const Exchange& exchange);

/// What to ask the origin for, with `Range` and (unless empty) `If-Range`, to make a stored part whole. Nothing where
/// that is not possible or not worth it.
struct Completion {
  MissingPiece piece;
  std::string_view if_range;
};
std::optional<Completion> completion(const StoredHead& stored, const Request& request, const Rules& rules);

/// How the bytes of a 206 join those of a stored part; nothing when they may not be combined: they must share a strong
/// validator.
std::optional<Joined> joins(const StoredHead& stored, const Response& partial, const Part& part, Instant now);

}  // namespace freshet::http
