#include "http/cache_status.h"

#include "http/structured.h"

namespace freshet::http {

std::string_view forward_word(Reason reason) noexcept {
  switch (reason) {
    case Reason::miss_absent:
    case Reason::miss_evicted:
    case Reason::miss_invalidated:
      return "uri-miss";
    case Reason::miss_variant:
      return "vary-miss";
    case Reason::miss_expired:
    case Reason::miss_no_cache:  // it must be validated, as if it were stale
      return "stale";
    case Reason::miss_range:
      return "partial";
    case Reason::miss_as_asked:
    case Reason::miss_authorization:
      return "request";
    case Reason::miss_method:
      return "method";
    default:
      return kind(reason) == ReasonKind::hit || reason == Reason::miss_only_if_cached ? "" : "miss";
  }
}

void append_cache_status(std::string& out, std::string_view name, const CacheStatus& status) {
  append_structured_token_or_string(out, name);
  const std::string_view forward = forward_word(status.reason);
  if (kind(status.reason) == ReasonKind::hit && status.reason != Reason::hit_coalesced) {
    out += "; hit";
  } else if (status.reason == Reason::hit_coalesced) {
    // It waited for a request that went on: section 2.6.
    out += "; fwd=miss; collapsed";
  } else if (!forward.empty()) {
    out.append("; fwd=").append(forward);
    if (status.forward_status != 0) out.append("; fwd-status=").append(std::to_string(status.forward_status));
    if (status.stored) out += "; stored";
    if (status.collapsed) out += "; collapsed";
  }
  if (status.ttl) out.append("; ttl=").append(std::to_string(status.ttl->count()));
  if (!status.key.empty()) {
    out += "; key=";
    append_structured_string(out, status.key);
  }
  out.append("; detail=").append(freshet::name(status.refused.value_or(status.reason)));
}

}  // namespace freshet::http
