#include "http/update.h"

#include "http/hop_by_hop.h"
#include "http/validators.h"

#include <algorithm>

namespace freshet::http {
namespace {

bool is_strong_tag(std::string_view tag) noexcept { return !tag.empty() && !is_weak(tag); }

// Section 3.2: Content-Length, and "header fields that the cache's stored response depends upon": the bytes stay, so
// what says how they are coded stays too.
bool describes_the_bytes(std::string_view name) noexcept {
  return same_word(name, "Content-Length") || same_word(name, "Content-Encoding") || same_word(name, "Content-Range");
}

}  // namespace

bool identifies(const StoredHead& stored, const Response& not_modified, Instant now) {
  const Validators newer = validators(not_modified.fields, now);
  // Section 4.3.4, the first match of: a strong validator, which must be the same ...
  if (is_strong_tag(newer.etag)) return strongly_equal(newer.etag, stored.etag());
  // ... a weak one, which must correspond ...
  if (newer.has_etag() || newer.has_last_modified()) {
    if (newer.has_etag() && !stored.etag().empty()) return weakly_equal(newer.etag, stored.etag());
    if (newer.has_last_modified() && !stored.last_modified().empty()) return newer.modified_at == stored.modified_at();
    return false;
  }
  // ... or none in the answer. The section wants none in the stored response either, for answers to conditions that the
  // cache did not make. Ours name exactly one stored response, and origins leave validators out of a 304 although they
  // should not (RFC 9110 section 15.4.5): it means the one that was asked about.
  return true;
}

HeadSays compare_with_head(const StoredHead& stored, const Response& head, Instant now) {
  if (head.status != 200 || stored.facts().status != 200) return HeadSays::nothing;
  // Section 4.3.5: matching values for any received validator, and for Content-Length.
  const Validators newer = validators(head.fields, now);
  if (newer.has_etag() && newer.etag != stored.etag()) return HeadSays::changed;
  if (newer.has_last_modified() && (stored.last_modified().empty() || newer.modified_at != stored.modified_at())) {
    return HeadSays::changed;
  }
  if (const auto length = find(head.fields, "Content-Length")) {
    if (parse_uint64(*length) != stored.facts().part.complete_bytes) return HeadSays::changed;
  }
  return HeadSays::the_same;
}

std::vector<Field> merged_fields(const StoredHead& stored, const Response& newer, const Rules& rules) {
  const ResponseDirectives directives = response_directives(newer.fields, rules);
  const auto is_taken = [&](std::string_view name) {
    return !describes_the_bytes(name) && is_stored_field(newer, directives, rules, name);
  };
  std::vector<Field> merged;
  merged.reserve(stored.lines() + newer.fields.size());
  stored.each_field([&](const Field& field) {
    // Date: an answer without one is dated by its arrival (RFC 9110 section 6.6.1), not by the one before.
    if (same_word(field.name, "Date")) return;
    if (has(newer.fields, field.name) && is_taken(field.name)) return;
    merged.push_back(field);
  });
  for (const Field& field : newer.fields) {
    // Age is never stored, but the new one counts for the new age.
    if (is_taken(field.name) || same_word(field.name, "Age")) merged.push_back(field);
  }
  return merged;
}

Updated update(const StoredHead& stored, const Request& request, const Response& newer, const Rules& rules,
               const Exchange& exchange) {
  const std::vector<Field> fields = merged_fields(stored, newer, rules);
  // A part is asked about as what it is: a complete answer's facts are computed, then the part put back.
  const Response merged{stored.facts().partial ? std::uint16_t{200} : stored.facts().status, fields};
  // What is stored was got by GET, whatever the request was that refreshed it.
  Request as_get = request;
  as_get.method = "GET";
  Updated out;
  out.kept = keep(as_get, merged, rules, exchange, stored.facts().part.bytes);
  Kept whole = out.kept;
  if (whole.reason != Reason::stored) {
    as_get.fields = {};
    out.erase = keep(as_get, merged, rules, exchange, stored.facts().part.bytes).reason != Reason::stored;
    // Still an answer to this client: with the old facts, which say nothing about its future.
    whole.facts = stored.facts();
    whole.facts.response_at = exchange.response_at;
    whole.facts.initial_age = Seconds{0};
  }
  whole.facts.status = stored.facts().status;
  whole.facts.partial = stored.facts().partial;
  whole.facts.part = stored.facts().part;
  out.kept.facts = whole.facts;
  if (!append_kept_head(out.head, whole, merged, rules)) {
    out.kept.reason = Reason::refused_bad_field;
    out.erase = true;
    out.head.clear();
  }
  return out;
}

std::optional<Completion> completion(const StoredHead& stored, const Request& request, const Rules& rules) {
  if (!stored.facts().partial || request.method != "GET" || has(request.fields, "Range")) return std::nullopt;
  const auto piece = missing_piece(stored.facts().part);
  if (!piece) return std::nullopt;
  // Section 3.4: only the same strong validator lets parts be combined.
  if (is_strong_tag(stored.etag())) return Completion{*piece, stored.etag()};
  if (!stored.last_modified().empty() && is_strong_date(stored.modified_at(), stored.facts().date)) {
    return Completion{*piece, stored.last_modified()};
  }
  if (rules.complete_without_validator && stored.etag().empty()) return Completion{*piece, {}};
  return std::nullopt;
}

std::optional<Joined> joins(const StoredHead& stored, const Response& partial, const Part& part, Instant now) {
  if (partial.status != 206 || !stored.facts().partial) return std::nullopt;
  const Validators newer = validators(partial.fields, now);
  // A tag on either side must be there on both.
  const bool same_tag = strongly_equal(newer.etag, stored.etag());
  const bool same_date = newer.etag.empty() && stored.etag().empty() && newer.has_last_modified() &&
                         !stored.last_modified().empty() && newer.modified_at == stored.modified_at() &&
                         is_strong_date(stored.modified_at(), stored.facts().date);
  return same_tag || same_date ? join(stored.facts().part, part) : std::nullopt;
}

}  // namespace freshet::http
