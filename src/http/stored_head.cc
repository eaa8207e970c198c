#include "http/stored_head.h"

#include "http/status.h"
#include "http/validators.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

namespace freshet::http {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint32_t kNoSpan = ~std::uint32_t{0};

enum Flag : std::uint16_t {
  kNoCache = 1 << 0,
  kMustRevalidate = 1 << 1,
  kHeuristic = 1 << 2,
  kSharesAuthorized = 1 << 3,
  kImmutable = 1 << 4,
  kPartial = 1 << 5,
  kAllFlags = (1 << 6) - 1,
};

struct Layout {
  char magic[2];
  std::uint8_t version;
  std::uint8_t reserved;
  std::uint32_t head_bytes;
  std::int64_t response_at_us;
  std::int64_t date_us;
  std::int64_t modified_at_us;
  std::uint64_t body_bytes;
  std::uint64_t part_first;
  std::uint64_t complete_bytes;
  std::uint32_t initial_age_s;
  std::uint32_t lifetime_s;
  std::uint32_t stale_while_revalidate_s;
  std::uint32_t stale_if_error_s;
  std::uint16_t status;
  std::uint16_t flags;
  std::uint16_t lines;
  std::uint16_t etag_bytes;
  std::uint32_t etag_at;
  std::uint32_t last_modified_at;
  std::uint16_t last_modified_bytes;
  std::uint16_t reserved_too;
  std::uint32_t block_bytes;
};
static_assert(sizeof(Layout) == 96 && offsetof(Layout, response_at_us) == 8 && offsetof(Layout, body_bytes) == 32 &&
              offsetof(Layout, initial_age_s) == 56 && offsetof(Layout, status) == 72 &&
              offsetof(Layout, etag_at) == 80 && offsetof(Layout, last_modified_bytes) == 88 &&
              offsetof(Layout, block_bytes) == 92);

struct LineEntry {
  std::uint16_t name_bytes;
  std::uint16_t value_bytes;
};
static_assert(sizeof(LineEntry) == 4);

// Instants of the years 0 to 9999, as HTTP has them: spans of 68 years added to one do not overflow.
constexpr std::int64_t kFirstUs = std::int64_t{-62'167'219'200} * 1'000'000;
constexpr std::int64_t kLastUs = std::int64_t{253'402'300'800} * 1'000'000;
bool is_date(std::int64_t us) noexcept { return us >= kFirstUs && us < kLastUs; }

std::int64_t us_of(Instant at) noexcept {
  const std::int64_t us = at.time_since_epoch().count();
  return us < kFirstUs ? kFirstUs : us >= kLastUs ? kLastUs - 1 : us;
}
std::uint32_t s_of(Seconds span) noexcept {
  return static_cast<std::uint32_t>(std::clamp(span, Seconds{0}, kMostSeconds).count());
}
bool is_span(std::uint32_t s) noexcept { return Seconds{s} <= kMostSeconds; }
std::optional<Seconds> span_of(std::uint32_t s) noexcept {
  return s == kNoSpan ? std::nullopt : std::optional<Seconds>(s);
}

// The value of the first line of that name in a block that is being built.
struct Place {
  std::uint32_t at = 0;
  std::uint16_t bytes = 0;
};

std::uint16_t flags_of(const Facts& facts) noexcept {
  unsigned flags = 0;
  if (facts.no_cache) flags |= kNoCache;
  if (facts.must_revalidate) flags |= kMustRevalidate;
  if (facts.heuristic) flags |= kHeuristic;
  if (facts.shares_authorized) flags |= kSharesAuthorized;
  if (facts.immutable) flags |= kImmutable;
  if (facts.partial) flags |= kPartial;
  return static_cast<std::uint16_t>(flags);
}

// Positions of the part add up without overflow and fit the complete length; what is complete is all of it.
bool is_part(const Layout& layout) noexcept {
  const bool partial = (layout.flags & kPartial) != 0;
  if (!partial) return layout.part_first == 0 && layout.complete_bytes == layout.body_bytes;
  if (layout.body_bytes == kUnknownBytes || layout.part_first > kUnknownBytes - layout.body_bytes) return false;
  if (layout.complete_bytes == kUnknownBytes) return true;
  return layout.part_first + layout.body_bytes <= layout.complete_bytes;
}

}  // namespace

std::optional<std::size_t> head_bytes_of(std::string_view bytes) noexcept {
  Layout layout{};
  if (bytes.size() < kHeadPrefixBytes) return std::nullopt;
  std::memcpy(&layout, bytes.data(), kHeadPrefixBytes);
  if (layout.magic[0] != 'F' || layout.magic[1] != 'H' || layout.version != kVersion) return std::nullopt;
  return layout.head_bytes;
}

bool append_head(std::string& out, const Facts& facts, Fields fields) {
  const std::size_t start = out.size();
  constexpr std::size_t most = std::numeric_limits<std::uint16_t>::max();
  if (fields.size() > most) return false;
  std::size_t block_bytes = 0;
  for (const Field& field : fields) {
    if (!is_token(field.name) || !is_field_value(field.value)) return false;
    if (field.name.size() > most || field.value.size() > most) return false;
    block_bytes += field.name.size() + kBetweenNameAndValue + field.value.size() + kLineEnd;
  }
  if (block_bytes > kMostBlockBytes) return false;

  const Validators valid = validators(fields, facts.response_at);
  Place etag, last_modified;
  out.resize(start + sizeof(Layout));
  for (const Field& field : fields) {
    const LineEntry entry{static_cast<std::uint16_t>(field.name.size()),
                          static_cast<std::uint16_t>(field.value.size())};
    out.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  const std::size_t block_at = out.size();
  for (const Field& field : fields) {
    out.append(field.name).append(": ");
    const Place place{static_cast<std::uint32_t>(out.size() - block_at),
                      static_cast<std::uint16_t>(field.value.size())};
    // The same bytes, not equal ones: validators() returned views of these fields.
    if (valid.has_etag() && field.value.data() == valid.etag.data()) etag = place;
    if (valid.has_last_modified() && field.value.data() == valid.last_modified.data()) last_modified = place;
    out.append(field.value).append("\r\n");
  }

  Layout layout{};
  layout.magic[0] = 'F';
  layout.magic[1] = 'H';
  layout.version = kVersion;
  layout.head_bytes = static_cast<std::uint32_t>(out.size() - start);
  layout.response_at_us = us_of(facts.response_at);
  layout.date_us = us_of(facts.date);
  layout.modified_at_us = valid.has_last_modified() ? us_of(valid.modified_at) : 0;
  layout.body_bytes = facts.part.bytes;
  layout.part_first = facts.part.first;
  layout.complete_bytes = facts.part.complete_bytes.value_or(kUnknownBytes);
  layout.initial_age_s = s_of(facts.initial_age);
  layout.lifetime_s = s_of(facts.lifetime);
  layout.stale_while_revalidate_s = facts.stale_while_revalidate ? s_of(*facts.stale_while_revalidate) : kNoSpan;
  layout.stale_if_error_s = facts.stale_if_error ? s_of(*facts.stale_if_error) : kNoSpan;
  layout.status = facts.status;
  layout.flags = flags_of(facts);
  layout.lines = static_cast<std::uint16_t>(fields.size());
  layout.etag_at = etag.at;
  layout.etag_bytes = etag.bytes;
  layout.last_modified_at = last_modified.at;
  layout.last_modified_bytes = last_modified.bytes;
  layout.block_bytes = static_cast<std::uint32_t>(block_bytes);
  std::memcpy(out.data() + start, &layout, sizeof layout);
  return true;
}

bool set_part(std::string& head, const Part& part) {
  if (!StoredHead::view(head)) return false;
  Layout layout;
  std::memcpy(&layout, head.data(), sizeof layout);
  layout.body_bytes = part.bytes;
  layout.part_first = part.first;
  layout.complete_bytes = part.complete_bytes.value_or(kUnknownBytes);
  if (!is_part(layout)) return false;
  std::memcpy(head.data(), &layout, sizeof layout);
  return true;
}

std::optional<StoredHead> StoredHead::view(std::string_view bytes) noexcept {
  Layout layout;
  if (bytes.size() < sizeof layout) return std::nullopt;
  // A copy: whoever changes the bytes now changes no number that was checked.
  std::memcpy(&layout, bytes.data(), sizeof layout);
  if (layout.magic[0] != 'F' || layout.magic[1] != 'H' || layout.version != kVersion) return std::nullopt;
  if ((layout.flags & ~kAllFlags) != 0 || !is_final(layout.status)) return std::nullopt;
  const std::size_t table_bytes = std::size_t{layout.lines} * sizeof(LineEntry);
  const std::size_t head_bytes = sizeof layout + table_bytes + layout.block_bytes;
  if (layout.block_bytes > kMostBlockBytes || layout.head_bytes != head_bytes || head_bytes > bytes.size()) {
    return std::nullopt;
  }
  if (!is_date(layout.response_at_us) || !is_date(layout.date_us) || !is_date(layout.modified_at_us)) {
    return std::nullopt;
  }
  if (!is_span(layout.initial_age_s) || !is_span(layout.lifetime_s) || !is_part(layout)) return std::nullopt;
  for (const std::uint32_t span : {layout.stale_while_revalidate_s, layout.stale_if_error_s}) {
    if (span != kNoSpan && !is_span(span)) return std::nullopt;
  }

  StoredHead head;
  head.table_ = bytes.substr(sizeof layout, table_bytes);
  head.block_ = bytes.substr(sizeof layout + table_bytes, layout.block_bytes);
  head.lines_ = layout.lines;
  head.head_bytes_ = head_bytes;
  const char* const block = head.block_.data();
  std::size_t at = 0;
  for (std::size_t i = 0; i < head.lines_; ++i) {
    const Line one = head.line(i);
    const std::size_t colon = at + one.name_bytes;
    const std::size_t end = colon + kBetweenNameAndValue + one.value_bytes;
    if (one.name_bytes == 0 || end + kLineEnd > head.block_.size()) return std::nullopt;
    if (block[colon] != ':' || block[colon + 1] != ' ' || block[end] != '\r' || block[end + 1] != '\n') {
      return std::nullopt;
    }
    at = end + kLineEnd;
  }
  if (at != head.block_.size()) return std::nullopt;
  const auto place = [&](std::uint32_t from, std::uint16_t length) -> std::optional<std::string_view> {
    if (from > head.block_.size() || length > head.block_.size() - from) return std::nullopt;
    return head.block_.substr(from, length);
  };
  const auto etag = place(layout.etag_at, layout.etag_bytes);
  const auto last_modified = place(layout.last_modified_at, layout.last_modified_bytes);
  if (!etag || !last_modified) return std::nullopt;
  head.etag_ = *etag;
  head.last_modified_ = *last_modified;
  head.modified_at_ = Instant(Duration(layout.modified_at_us));

  Facts& facts = head.facts_;
  facts.status = layout.status;
  facts.response_at = Instant(Duration(layout.response_at_us));
  facts.date = Instant(Duration(layout.date_us));
  facts.initial_age = Seconds{layout.initial_age_s};
  facts.lifetime = Seconds{layout.lifetime_s};
  facts.stale_while_revalidate = span_of(layout.stale_while_revalidate_s);
  facts.stale_if_error = span_of(layout.stale_if_error_s);
  facts.no_cache = (layout.flags & kNoCache) != 0;
  facts.must_revalidate = (layout.flags & kMustRevalidate) != 0;
  facts.heuristic = (layout.flags & kHeuristic) != 0;
  facts.shares_authorized = (layout.flags & kSharesAuthorized) != 0;
  facts.immutable = (layout.flags & kImmutable) != 0;
  facts.partial = (layout.flags & kPartial) != 0;
  facts.part.first = layout.part_first;
  facts.part.bytes = layout.body_bytes;
  if (layout.complete_bytes != kUnknownBytes) facts.part.complete_bytes = layout.complete_bytes;
  return head;
}

StoredHead::Line StoredHead::line(std::size_t i) const noexcept {
  LineEntry entry;
  std::memcpy(&entry, table_.data() + i * sizeof entry, sizeof entry);
  return {entry.name_bytes, entry.value_bytes};
}

std::optional<std::string_view> StoredHead::find(std::string_view name) const noexcept {
  std::optional<std::string_view> found;
  each_field([&](const Field& field) {
    if (!found && same_word(field.name, name)) found = field.value;
  });
  return found;
}

void StoredHead::append_fields(std::vector<Field>& out) const {
  out.reserve(out.size() + lines_);
  each_field([&](const Field& field) { out.push_back(field); });
}

}  // namespace freshet::http
