// The Cache-Status field (RFC 9211): what this cache did with a request, told to whoever reads the response. The detail
// parameter is the Reason's own word, so that it can be looked up in the log, the metrics and `freshet explain`.
//
//   freshet; hit; ttl=376; detail=hit
//   freshet; fwd=stale; fwd-status=304; stored; detail=miss_expired
#pragma once

#include "http/grammar.h"

#include <freshet/reason.h>

#include <optional>
#include <string>
#include <string_view>

namespace freshet::http {

struct CacheStatus {
  Reason reason = Reason::hit;
  /// What is left of its freshness; negative when stale (section 2.4).
  std::optional<Seconds> ttl;
  /// Of a request that went on: the origin's status (section 2.3), whether its answer was stored (2.5), and whether
  /// several requests shared it (2.6).
  std::uint16_t forward_status = 0;
  bool stored = false;
  bool collapsed = false;
  /// Written when not empty (section 2.7): for debugging, it tells clients how keys are made.
  std::string_view key;
  /// Why the answer was not stored, where somebody can change that: the detail parameter says it in the reason's place.
  std::optional<Reason> refused = std::nullopt;
};

/// The value of the fwd parameter for why a request went on (section 2.2); empty for what did not go on.
std::string_view forward_word(Reason reason) noexcept;

/// Appends this cache's member. `name` says which cache: a host's or a product's.
void append_cache_status(std::string& out, std::string_view name, const CacheStatus& status);

}  // namespace freshet::http
