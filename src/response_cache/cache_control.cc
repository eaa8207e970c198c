#include <freshet/cache_control.h>
#include <freshet/error.h>

#include <string_view>

namespace freshet {
namespace {

[[noreturn]] void contradict(std::string_view one, std::string_view other) {
  throw ConfigError("CacheControl: " + std::string(one) + " and " + std::string(other) +
                    " contradict each other; leave one out");
}

}  // namespace

std::string CacheControl::text() const {
  const bool has_lifetime = max_age || s_maxage || stale_while_revalidate || stale_if_error;
  if (is_public && is_private) contradict("public", "private");
  if (no_store && (has_lifetime || immutable)) contradict("no-store", "a lifetime");
  if (no_store && is_public) contradict("no-store", "public");
  if (is_private && s_maxage) contradict("private", "s-maxage");
  if (must_revalidate && (stale_while_revalidate || stale_if_error)) contradict("must-revalidate", "a stale span");
  std::string out;
  const auto add = [&](std::string_view directive) {
    if (!out.empty()) out += ", ";
    out += directive;
  };
  const auto add_span = [&](std::string_view directive, const std::optional<std::chrono::seconds>& span) {
    if (!span) return;
    if (span->count() < 0) {
      throw ConfigError("CacheControl: " + std::string(directive) + " is negative; 0 is the shortest");
    }
    add(directive);
    out.append("=").append(std::to_string(span->count()));
  };
  if (is_public) add("public");
  if (is_private) add("private");
  if (no_store) add("no-store");
  if (no_cache) add("no-cache");
  add_span("max-age", max_age);
  add_span("s-maxage", s_maxage);
  add_span("stale-while-revalidate", stale_while_revalidate);
  add_span("stale-if-error", stale_if_error);
  if (must_revalidate) add("must-revalidate");
  if (proxy_revalidate) add("proxy-revalidate");
  if (immutable) add("immutable");
  if (no_transform) add("no-transform");
  return out;
}

CacheControl CacheControl::asset() {
  return {.is_public = true, .immutable = true, .max_age = std::chrono::hours(365 * 24)};
}
CacheControl CacheControl::revalidated() { return {.no_cache = true}; }
CacheControl CacheControl::personal() { return {.is_private = true, .no_cache = true}; }

}  // namespace freshet
