#include "response_cache/terms.h"

#include "http/cache_control.h"
#include "http/status.h"

namespace freshet::response_cache {
namespace {

constexpr http::Seconds kNoCap{std::chrono::hours(24 * 365 * 10)};

http::Rules reading(std::vector<std::string> targeted) {
  http::Rules rules = http::Rules::safe();
  rules.targeted_fields = std::move(targeted);
  return rules;
}

void add(std::string& out, std::string_view directive) {
  if (!out.empty()) out += ", ";
  out += directive;
}
void add(std::string& out, std::string_view directive, std::chrono::seconds span) {
  add(out, directive);
  out.append("=").append(std::to_string(span.count()));
}

// private="set-cookie" and no-cache="set-cookie": of these fields only. What was not understood as such counts as
// unqualified, and is added by whoever calls.
void add_qualified(std::string& out, http::Fields fields, std::string_view name) {
  http::each_member(fields, "Cache-Control", [&](std::string_view member) {
    if (member.size() <= name.size() || member[name.size()] != '=') return;
    if (!http::same_word(member.substr(0, name.size()), name)) return;
    const std::string_view list = member.substr(name.size() + 1);
    const bool quoted = list.starts_with('"');
    add(out, name);
    out.append(quoted ? "=" : "=\"").append(list).append(quoted ? "" : "\"");
  });
}

}  // namespace

Terms terms_of(const Route& route, int status, http::Fields fields, std::chrono::seconds took) {
  static const http::Rules kOwn = reading({});
  static const http::Rules kCdn = reading({"CDN-Cache-Control"});
  Terms terms;
  // For these a stale answer may stand in, which is decided later.
  const bool failure = http::is_server_failure(static_cast<std::uint16_t>(status));
  if (status >= 400 && !failure && !route.may_store_errors) {
    terms.refusal = Reason::refused_status;
    return terms;
  }
  if (http::has(fields, kControlField)) return terms;

  const http::ResponseDirectives own = http::response_directives(fields, kOwn);
  const http::ResponseDirectives cdn = http::response_directives(fields, kCdn);
  const bool no_store = (own.no_store || cdn.no_store) && !route.may_store_private;
  const bool is_private = (own.is_private || cdn.is_private) && !route.may_store_private;
  if (no_store) add(terms.control, "no-store");
  if (is_private) add(terms.control, "private");
  if (!own.private_fields.empty() && !own.is_private) add_qualified(terms.control, fields, "private");
  if (!own.no_cache_fields.empty() && !own.no_cache) add_qualified(terms.control, fields, "no-cache");
  if (own.is_public || route.may_store_authorized) add(terms.control, "public");

  std::optional<std::chrono::seconds> lifetime;
  if (route.ttl) {
    lifetime = *route.ttl;
  } else if (own.s_maxage.present || own.max_age.present) {
    lifetime = own.s_maxage.present ? own.s_maxage.or_zero() : own.max_age.or_zero();
  }
  const bool decided = no_store || failure;  // with a better word than those below
  if (!lifetime) {
    const bool stated = http::has(fields, "Expires");
    if (!stated && !decided && !is_private) terms.refusal = Reason::refused_no_freshness;
    if (stated && !no_store && !is_private) terms.control.clear();
    return terms;
  }
  if (!route.ttl && own.no_cache && !route.may_store_private) {
    if (!decided) terms.refusal = Reason::refused_useless;
    return terms;
  }
  const std::chrono::seconds longest = std::max(route.stale_while_revalidate, route.stale_if_error);
  if (*lifetime + longest <= std::chrono::seconds(0) && !decided) {
    terms.refusal = route.ttl ? Reason::refused_zero_ttl : Reason::refused_useless;
    return terms;
  }
  add(terms.control, "max-age", *lifetime + (route.ttl ? took : std::chrono::seconds(0)));
  if (!route.ttl && own.must_revalidate) add(terms.control, "must-revalidate");
  add(terms.control, "stale-while-revalidate", route.stale_while_revalidate);
  add(terms.control, "stale-if-error", route.stale_if_error);
  return terms;
}

RuleBook::RuleBook(bool obey_reload) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    http::Rules& rules = rules_[i];
    rules = http::Rules::safe();
    rules.targeted_fields = {std::string(kControlField)};
    rules.shared = (i & 1) == 0;
    rules.set_cookie = (i & 2) != 0 ? http::SetCookie::store : http::SetCookie::refuse;
    rules.store_errors = (i & 4) != 0;
    // The route says all there is to say: nothing is assumed, and no cap cuts it.
    rules.heuristic_percent = 0;
    rules.default_stale_if_error = http::Seconds{0};
    rules.most_stale_if_error = kNoCap;
    rules.most_stale_while_revalidate = (i & 8) != 0 ? kNoCap : http::Seconds{0};
    // A handler is never asked whether what is stored still holds: it makes the answer.
    rules.keep_for_validation = http::Seconds{0};
    rules.obey_request_directives = obey_reload;
  }
}

const http::Rules& RuleBook::rules(const Route& route, bool personal, bool refreshes) const noexcept {
  return rules_[(personal ? 1U : 0U) + (route.may_store_set_cookie ? 2U : 0U) + (route.may_store_errors ? 4U : 0U) +
                (refreshes ? 8U : 0U)];
}

}  // namespace freshet::response_cache
