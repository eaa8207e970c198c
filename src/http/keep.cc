#include "http/keep.h"

#include "http/date.h"
#include "http/hop_by_hop.h"
#include "http/storable.h"
#include "http/validators.h"

#include <algorithm>
#include <vector>

namespace freshet::http {
namespace {

std::optional<Seconds> stated(const DeltaSeconds& span) {
  return span.present ? std::optional(span.or_zero()) : std::nullopt;
}

// Sections 5.2.2.2, 5.2.2.8 and 5.2.2.10.
bool must_revalidate(const ResponseDirectives& directives, const Rules& rules) {
  if (directives.must_revalidate) return true;
  if (!rules.shared) return false;
  if (directives.proxy_revalidate) return true;
  const bool allows_stale = directives.stale_while_revalidate.present || directives.stale_if_error.present;
  return directives.s_maxage.present && !(rules.stale_beside_s_maxage && allows_stale);
}

// A page that a cookie was sent for, by an author who says nothing about caching.
bool made_for_one_user(const Request& request, const ResponseDirectives& directives, const Freshness& fresh,
                       const Rules& rules) {
  if (rules.heuristic_with_cookie || !rules.shared || !has(request.fields, "Cookie")) return false;
  return fresh.basis == Basis::none && !directives.is_public && !directives.no_cache;
}

}  // namespace

StaleSpans stale_spans(const Facts& facts, const Rules& rules) {
  StaleSpans spans;
  // Section 4.2.4: what forbids stale answers wins over what allows them.
  if (facts.no_cache || facts.must_revalidate) return spans;
  // RFC 5861 section 3.
  spans.while_revalidating =
      std::min(facts.stale_while_revalidate.value_or(Seconds{0}), rules.most_stale_while_revalidate);
  // RFC 5861 section 4. Without it, section 4.2.4 lets a disconnected cache decide; not for what was never fresh: who
  // says max-age=0 did not mean to have it shown later.
  const Seconds assumed = facts.lifetime > Seconds{0} ? rules.default_stale_if_error : Seconds{0};
  spans.if_error = std::min(facts.stale_if_error.value_or(assumed), rules.most_stale_if_error);
  return spans;
}

Instant keep_until(const Facts& facts, bool has_validator, const Rules& rules) {
  const StaleSpans spans = stale_spans(facts, rules);
  const Seconds longest =
      std::max({spans.while_revalidating, spans.if_error, has_validator ? rules.keep_for_validation : Seconds{0}});
  return std::max(facts.fresh_until(), facts.response_at) + longest;
}

Kept keep(const Request& request, const Response& response, const Rules& rules, const Exchange& exchange,
          std::uint64_t body_bytes) {
  Kept kept;
  const ResponseDirectives directives = response_directives(response.fields, rules);
  kept.reason = storable(request, response, directives, rules);
  if (kept.reason != Reason::stored) return kept;

  const Freshness fresh = freshness(request, response, directives, rules, exchange);
  Facts& facts = kept.facts;
  facts.status = response.status;
  facts.response_at = exchange.response_at;
  facts.date = fresh.date;
  facts.initial_age = fresh.initial_age;
  facts.lifetime = fresh.lifetime;
  facts.stale_while_revalidate = stated(directives.stale_while_revalidate);
  facts.stale_if_error = stated(directives.stale_if_error);
  facts.no_cache = directives.no_cache;
  facts.must_revalidate = must_revalidate(directives, rules);
  facts.heuristic = fresh.basis == Basis::heuristic;
  facts.shares_authorized = shares_authorized(directives, rules);
  facts.immutable = directives.immutable;
  facts.part.bytes = body_bytes;
  if (body_bytes != kUnknownBytes) facts.part.complete_bytes = body_bytes;
  if (response.status == 206) {
    // storable() has seen that it parses.
    const ContentRange range = *parse_content_range(*find(response.fields, "Content-Range"));
    const auto part = part_of(range, body_bytes == kUnknownBytes ? range.range.bytes() : body_bytes, rules);
    if (!part) {
      kept.reason = Reason::refused_content_range;
      return kept;
    }
    facts.partial = true;
    facts.part = *part;
  }

  // Not even to be validated: until the origin has spoken it could be asked for as stale (max-stale), by anybody.
  if (made_for_one_user(request, directives, fresh, rules)) {
    kept.reason = Reason::refused_no_freshness;
    return kept;
  }
  const bool has_validator = validators(response.fields, exchange.response_at).any();
  const StaleSpans spans = stale_spans(facts, rules);
  const bool ever_served = !facts.no_cache && (facts.lifetime > facts.initial_age ||
                                               std::max(spans.while_revalidating, spans.if_error) > Seconds{0});
  if (!ever_served && !has_validator) {
    if (facts.no_cache || fresh.basis != Basis::none) {
      kept.reason = Reason::refused_useless;
    } else {
      kept.reason = fresh.deceptive ? Reason::refused_deceptive : Reason::refused_no_freshness;
    }
    return kept;
  }
  kept.keep_until = keep_until(facts, has_validator, rules);
  return kept;
}

bool append_kept_head(std::string& out, const Kept& kept, const Response& response, const Rules& rules) {
  const ResponseDirectives directives = response_directives(response.fields, rules);
  const DateText date(kept.facts.date);
  std::vector<Field> fields;
  fields.reserve(response.fields.size() + 1);
  bool dated = false;
  for (const Field& field : response.fields) {
    if (!is_stored_field(response, directives, rules, field.name)) continue;
    if (same_word(field.name, "Date")) {
      // One, and a valid one: the others are of no use to anybody downstream.
      if (dated || !parse_date(field.value, kept.facts.response_at)) continue;
      dated = true;
    }
    fields.push_back(field);
  }
  if (!dated) fields.push_back({"Date", date.view()});
  return append_head(out, kept.facts, fields);
}

}  // namespace freshet::http
