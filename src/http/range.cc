#include "http/range.h"

#include "http/grammar.h"

#include <algorithm>

namespace freshet::http {
namespace {

constexpr std::string_view kUnit = "bytes";

// One range-spec (section 14.1.2). `satisfiable` is false for one that lies behind the end.
struct Spec {
  bool valid = false;
  bool satisfiable = false;
  ByteRange range;
};

Spec read_spec(std::string_view text, std::uint64_t length) noexcept {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  const auto is_number = [](std::string_view digits) { return std::all_of(digits.begin(), digits.end(), is_digit); };
  if (!is_number(first_text) || !is_number(last_text)) return {};
  if (first_text.empty() && last_text.empty()) return {};
  // A number beyond 64 bits is beyond any length.
  const std::uint64_t last = last_text.empty() ? UINT64_MAX : parse_uint64(last_text).value_or(UINT64_MAX);
  if (first_text.empty()) {  // suffix-range: the last so many bytes
    if (last == 0 || length == 0) return {true, false, {}};
    return {true, true, {last >= length ? 0 : length - last, length - 1}};
  }
  const std::uint64_t first = parse_uint64(first_text).value_or(UINT64_MAX);
  if (first > last) return {};
  if (first >= length) return {true, false, {}};
  return {true, true, {first, std::min(last, length - 1)}};
}

}  // namespace

void Selection::merge_overlapping() {
  // Section 15.3.7.2 lets them be coalesced and reordered; in order they came only when none overlaps.
  std::array<ByteRange, kMostRanges> sorted = ranges_;
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(count_);
  std::sort(sorted.begin(), end, [](const ByteRange& a, const ByteRange& b) { return a.first < b.first; });
  std::size_t merged = 0;
  for (std::size_t i = 1; i < count_; ++i) {
    ByteRange& before = sorted[merged];
    // last + 1 does not overflow: it is below a length.
    if (sorted[i].first <= before.last + 1) {
      before.last = std::max(before.last, sorted[i].last);
    } else {
      sorted[++merged] = sorted[i];
    }
  }
  if (merged + 1 == count_) return;
  ranges_ = sorted;
  count_ = merged + 1;
}

Selection select_ranges(std::string_view range, std::uint64_t length, const Rules& rules) {
  Selection selection;
  if (!begins_with_word(range, kUnit) || range.size() == kUnit.size() || range[kUnit.size()] != '=') return selection;
  range.remove_prefix(kUnit.size() + 1);
  std::size_t specs = 0;
  while (true) {
    const std::size_t comma = std::min(range.find(','), range.size());
    const std::string_view text = trim(range.substr(0, comma));
    if (!text.empty()) {
      if (++specs > std::min(rules.most_ranges, kMostRanges)) return {};
      const Spec spec = read_spec(text, length);
      if (!spec.valid) return {};
      if (spec.satisfiable) selection.ranges_[selection.count_++] = spec.range;
    }
    if (comma == range.size()) break;
    range.remove_prefix(comma + 1);
  }
  if (specs == 0) return {};
  if (selection.count_ == 0) {
    selection.kind = Selection::Kind::unsatisfiable;
    return selection;
  }
  selection.kind = Selection::Kind::ranges;
  if (selection.count_ > 1) selection.merge_overlapping();
  return selection;
}

std::optional<ContentRange> parse_content_range(std::string_view text) noexcept {
  if (!begins_with_word(text, kUnit) || text.size() == kUnit.size() || text[kUnit.size()] != ' ') return std::nullopt;
  text.remove_prefix(kUnit.size() + 1);
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  const auto first = parse_uint64(text.substr(0, dash));
  const auto last = parse_uint64(text.substr(dash + 1, slash - dash - 1));
  // Section 14.4: last below first is invalid; so is a length that does not contain the range. A last position of
  // 2^64-1 would make a length that is none.
  if (!first || !last || *last < *first || *last == UINT64_MAX) return std::nullopt;
  ContentRange out{{*first, *last}, std::nullopt};
  if (const std::string_view complete = text.substr(slash + 1); complete != "*") {
    out.complete_bytes = parse_uint64(complete);
    if (!out.complete_bytes || *out.complete_bytes <= *last) return std::nullopt;
  }
  return out;
}

std::optional<Part> part_of(const ContentRange& range, std::uint64_t body_bytes, const Rules& rules) noexcept {
  const std::uint64_t announced = range.range.bytes();
  if (body_bytes == announced) return Part{range.range.first, body_bytes, range.complete_bytes};
  if (!rules.mend_content_range || body_bytes > announced || body_bytes == 0) return std::nullopt;
  Part part{range.range.first, body_bytes, range.complete_bytes};
  // What was announced as the end is the end: the representation is shorter by what did not come.
  if (range.complete_bytes == range.range.last + 1) part.complete_bytes = part.first + body_bytes;
  return part;
}

std::optional<Selection> select_within(const Part& part, std::string_view range, const Rules& rules) {
  // Without the complete length no suffix and no open end can be told from one that goes on.
  if (!part.complete_bytes) return std::nullopt;
  Selection selection = select_ranges(range, *part.complete_bytes, rules);
  if (selection.kind != Selection::Kind::ranges) return std::nullopt;
  for (const ByteRange& one : selection.ranges()) {
    if (one.first < part.first || one.last - part.first >= part.bytes) return std::nullopt;
  }
  return selection;
}

std::optional<MissingPiece> missing_piece(const Part& part) noexcept {
  const bool to_the_end = part.complete_bytes && part.first + part.bytes == *part.complete_bytes;
  if (part.first == 0) {
    if (to_the_end) return std::nullopt;
    return MissingPiece{part.bytes, std::nullopt};
  }
  if (!to_the_end) return std::nullopt;
  return MissingPiece{0, part.first - 1};
}

std::optional<Joined> join(const Part& a, const Part& b) noexcept {
  const bool a_first = a.first <= b.first;
  const Part& one = a_first ? a : b;
  const Part& two = a_first ? b : a;
  if (one.complete_bytes && two.complete_bytes && one.complete_bytes != two.complete_bytes) return std::nullopt;
  const std::uint64_t end_of_one = one.first + one.bytes;
  if (end_of_one < two.first) return std::nullopt;  // a gap
  const std::uint64_t end_of_two = two.first + two.bytes;
  Joined joined;
  joined.a_comes_first = a_first;
  joined.skip_in_second = std::min(end_of_one - two.first, two.bytes);
  joined.part.first = one.first;
  joined.part.bytes = std::max(end_of_one, end_of_two) - one.first;
  joined.part.complete_bytes = one.complete_bytes ? one.complete_bytes : two.complete_bytes;
  return joined;
}

}  // namespace freshet::http
