#include "http/reuse.h"

#include "http/conditional.h"
#include "http/status.h"

#include <algorithm>

namespace freshet::http {
namespace {

// What stands between a stored response and any use of it, fresh or stale; Reason::hit if nothing does.
Reason barred(const StoredHead& stored, const Request& request, const Rules& rules, Instant now) {
  // Section 4, second condition: answers to GET are stored; HEAD gets the same without the body (RFC 9110
  // section 9.3.2).
  if (!is_get_or_head(request.method)) return Reason::miss_method;
  // Section 3.5 is about storing; this is our rule.
  if (!rules.reuse_for_authorized && !stored.facts().shares_authorized && has(request.fields, "Authorization")) {
    return Reason::miss_authorization;
  }
  // Section 3.3: what is partial answers ranges that lie wholly within it. A HEAD wants the head of the whole.
  if (stored.facts().partial) {
    if (!range_applies(request, stored, now)) return Reason::miss_range;
    if (!select_within(stored.facts().part, *find(request.fields, "Range"), rules)) return Reason::miss_range;
  }
  return Reason::hit;
}

Reuse not_served(Course course, Reason reason, const RequestDirectives& directives) {
  // Section 5.2.1.7: a stored response or 504. Not a wish of freshness, so rules do not switch it off.
  if (directives.only_if_cached) return {Course::refuse, Reason::miss_only_if_cached, Seconds{0}};
  return {course, reason, Seconds{0}};
}

}  // namespace

Reuse nothing_stored(const Request& request, const RequestDirectives& directives, const Rules&, Reason why) {
  if (!is_get_or_head(request.method)) return {Course::forward, Reason::miss_method, Seconds{0}};
  return not_served(Course::forward, why, directives);
}

Reuse reuse(const StoredHead& stored, const Request& request, const RequestDirectives& directives, const Rules& rules,
            Instant now) {
  const Facts& facts = stored.facts();
  if (const Reason reason = barred(stored, request, rules, now); reason != Reason::hit) {
    // A method other than GET is written through even under only-if-cached (section 4).
    if (reason == Reason::miss_method) return {Course::forward, reason, Seconds{0}};
    return not_served(Course::forward, reason, directives);
  }
  // Section 5.2.1.5 forbids to store; taking it for "do not use what is stored" too is what other caches do.
  if (directives.no_store && rules.obey_request_directives) {
    return not_served(Course::forward, Reason::miss_as_asked, directives);
  }
  // What was stale when it came is so for everybody: the clock of whoever waited for it may be a moment behind.
  now = std::max(now, facts.response_at);
  // Section 4, fourth condition.
  if (facts.no_cache) return not_served(Course::validate, Reason::miss_no_cache, directives);

  const Seconds age = current_age(facts.initial_age, facts.response_at, now);
  const bool fresh = now < facts.fresh_until();
  if (rules.obey_request_directives) {
    // Section 5.2.1.4.
    if (directives.no_cache) return not_served(Course::validate, Reason::miss_as_asked, directives);
    // Section 5.2.1.1; zero asks for validation even within the first second. RFC 8246 section 2: what is immutable
    // need not be validated while it is fresh, which is what a browser's reload (max-age=0) would ask for.
    const bool reload_of_immutable = fresh && facts.immutable && directives.max_age.value == Seconds{0};
    if (directives.max_age.valid && !reload_of_immutable &&
        (age > directives.max_age.value || directives.max_age.value == Seconds{0})) {
      return not_served(Course::validate, Reason::miss_as_asked, directives);
    }
    // Section 5.2.1.3.
    if (directives.min_fresh.valid && now + directives.min_fresh.value >= facts.fresh_until()) {
      return not_served(Course::validate, fresh ? Reason::miss_as_asked : Reason::miss_expired, directives);
    }
  }
  // Section 4.2: the age has not yet exceeded the lifetime.
  if (fresh) return {Course::serve, Reason::hit, age};

  const StaleSpans spans = stale_spans(facts, rules);
  // RFC 5861 section 3. Not for only-if-cached: its sender wants no request to the origin, and gets a stale answer only
  // by max-stale.
  if (now < facts.fresh_until() + spans.while_revalidating && !directives.only_if_cached) {
    return {Course::serve_and_revalidate, Reason::stale_revalidating, age};
  }
  // Section 5.2.1.2.
  if (rules.obey_request_directives && directives.max_stale.valid && !facts.must_revalidate &&
      now < facts.fresh_until() + std::min(directives.max_stale.value, rules.most_stale_if_error)) {
    return {Course::serve, Reason::stale_as_asked, age};
  }
  return not_served(Course::validate, Reason::miss_expired, directives);
}

Reuse reuse_on_error(const StoredHead& stored, const Request& request, const RequestDirectives& directives,
                     const Rules& rules, Instant now, std::uint16_t status) {
  const Facts& facts = stored.facts();
  const Reuse failed{Course::forward, Reason::load_failed, Seconds{0}};
  if (status != 0 && !is_server_failure(status)) return failed;
  // Sections 5.2.2.2 and 5.2.2.4: "MUST generate an error response rather than reuse the stale response".
  if (barred(stored, request, rules, now) != Reason::hit || facts.no_cache) return failed;
  now = std::max(now, facts.response_at);
  const Seconds age = current_age(facts.initial_age, facts.response_at, now);
  if (now < facts.fresh_until()) return {Course::serve, Reason::hit, age};
  if (facts.must_revalidate) return failed;
  Seconds span = stale_spans(facts, rules).if_error;
  // RFC 5861 section 4: the request may have the directive too. It widens what the client takes, within our cap.
  if (rules.obey_request_directives && directives.stale_if_error.valid) {
    span = std::max(span, std::min(directives.stale_if_error.value, rules.most_stale_if_error));
  }
  if (now < facts.fresh_until() + span) return {Course::serve, Reason::stale_on_error, age};
  return failed;
}

}  // namespace freshet::http
