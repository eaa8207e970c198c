// Validators: entity tags and modification dates, and how strongly they say that two responses are the same
// (RFC 9110 sections 8.8 and 13.1).
#pragma once

#include "http/fields.h"

#include <freshet/time.h>

#include <optional>
#include <string_view>

namespace freshet::http {

/// entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE, to the letter: no whitespace, an upper-case W, and the quotation marks.
bool is_entity_tag(std::string_view text) noexcept;
bool is_weak(std::string_view tag) noexcept;

/// RFC 9110 section 8.8.3.2. Both must be entity tags, or they are equal to nothing.
bool strongly_equal(std::string_view a, std::string_view b) noexcept;
bool weakly_equal(std::string_view a, std::string_view b) noexcept;

/// Whether any line of If-None-Match names `tag`, weakly compared, or is "*" (RFC 9110 section 13.1.2).
bool matches_if_none_match(Fields request, std::string_view tag) noexcept;

/// What a message offers for validation. Only what is valid: anything else is empty. Views of the fields.
struct Validators {
  std::string_view etag;
  std::string_view last_modified;  ///< the text, to be sent back byte by byte
  Instant modified_at{};           ///< that text's date
  bool has_etag() const noexcept { return !etag.empty(); }
  bool has_last_modified() const noexcept { return !last_modified.empty(); }
  bool any() const noexcept { return has_etag() || has_last_modified(); }
};
Validators validators(Fields fields, Instant now);

/// RFC 9110 section 8.8.2.2: a modification date is strong when the response was made so much later that a second
/// change within that second cannot hide. `date` is the response's Date.
bool is_strong_date(Instant modified_at, Instant date) noexcept;

}  // namespace freshet::http
