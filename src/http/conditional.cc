#include "http/conditional.h"

#include "http/date.h"
#include "http/validators.h"

namespace freshet::http {
namespace {

// RFC 9110 section 13.1.5: the exact date or a strong tag, nothing weaker, or two representations would be mixed.
bool if_range_holds(std::string_view value, const StoredHead& stored, Instant now) {
  if (is_entity_tag(value)) return strongly_equal(value, stored.etag());
  const auto date = parse_date(value, now);
  return date && !stored.last_modified().empty() && *date == stored.modified_at() &&
         is_strong_date(stored.modified_at(), stored.facts().date);
}

}  // namespace

Precondition evaluate(const Request& request, const StoredHead& stored, Instant now) {
  if (!is_get_or_head(request.method)) return Precondition::proceed;
  // RFC 9111 section 4.3.2: with a stored 200 or 206. RFC 9110 section 13.2.1: other answers are given as they are.
  if (stored.facts().status != 200 && stored.facts().status != 206) return Precondition::proceed;
  // RFC 9110 section 13.2.2: If-None-Match first, and where it is If-Modified-Since is not looked at, whatever it says.
  if (has(request.fields, "If-None-Match")) {
    return matches_if_none_match(request.fields, stored.etag()) ? Precondition::not_modified : Precondition::proceed;
  }
  const auto since_text = find(request.fields, "If-Modified-Since");
  // RFC 9110 section 13.1.3: an invalid date, or more than one, is ignored.
  if (!since_text || count(request.fields, "If-Modified-Since") != 1) return Precondition::proceed;
  const auto since = parse_date(*since_text, now);
  if (!since) return Precondition::proceed;
  // RFC 9111 section 4.3.2: Last-Modified, or else Date, or else when it was received (which facts().date then is).
  const Instant modified = stored.last_modified().empty() ? stored.facts().date : stored.modified_at();
  return std::chrono::floor<Seconds>(modified) <= *since ? Precondition::not_modified : Precondition::proceed;
}

bool range_applies(const Request& request, const StoredHead& stored, Instant now) {
  if (request.method != "GET" || count(request.fields, "Range") != 1) return false;
  const auto if_range = find(request.fields, "If-Range");
  if (!if_range) return true;
  return count(request.fields, "If-Range") == 1 && if_range_holds(*if_range, stored, now);
}

Selection selection(const Request& request, const StoredHead& stored, const Rules& rules, Instant now) {
  const Facts& facts = stored.facts();
  if (!range_applies(request, stored, now)) return {};
  const std::string_view range = *find(request.fields, "Range");
  if (facts.partial) return select_within(facts.part, range, rules).value_or(Selection{});
  // RFC 9110 section 14.2: only where the answer would have been 200.
  // Nor while the body is still coming and its length is not known.
  if (facts.status != 200 || facts.part.bytes == kUnknownBytes) return {};
  return select_ranges(range, facts.part.bytes, rules);
}

Conditions::Conditions(const StoredHead& stored) {
  // Section 4.3.1. Both, where there are both: who does not know tags has the date. Byte by byte, because origins
  // compare dates as text.
  if (!stored.etag().empty()) fields_[count_++] = {"If-None-Match", stored.etag()};
  if (!stored.last_modified().empty()) fields_[count_++] = {"If-Modified-Since", stored.last_modified()};
}

bool is_replaced_when_validating(const StoredHead& stored, std::string_view name) {
  if (same_word(name, "If-None-Match") || same_word(name, "If-Modified-Since")) return true;
  return !stored.facts().partial && (same_word(name, "Range") || same_word(name, "If-Range"));
}

}  // namespace freshet::http
