// Byte ranges (RFC 9110 section 14): what a Range asks of a body, what a Content-Range says of a part, and which part
// answers which request. All arithmetic is checked: positions are 64-bit numbers of strangers (CVE-2017-7529).
#pragma once

#include "http/rules.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace freshet::http {

/// Both ends belong to it, as on the wire.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t bytes() const noexcept { return last - first + 1; }
  bool operator==(const ByteRange&) const = default;
};

inline constexpr std::size_t kMostRanges = 32;

/// What is to be sent.
class Selection {
 public:
  enum class Kind : std::uint8_t {
    whole,          ///< no range applies: 200
    ranges,         ///< 206 with these
    unsatisfiable,  ///< 416 with `Content-Range: bytes */LENGTH`
  };
  Kind kind = Kind::whole;
  std::span<const ByteRange> ranges() const noexcept { return {ranges_.data(), count_}; }

 private:
  friend Selection select_ranges(std::string_view, std::uint64_t, const Rules&);
  void merge_overlapping();
  std::array<ByteRange, kMostRanges> ranges_{};
  std::size_t count_ = 0;
};

/// What a Range field asks of a representation of `length` bytes. Another unit, a syntax error or more ranges than the
/// rules allow mean the whole (section 14.2 lets a server ignore any Range). Ranges that overlap or touch come merged
/// and sorted, so that the bytes of an answer are never more than the representation's (CVE-2011-3192).
Selection select_ranges(std::string_view range, std::uint64_t length, const Rules& rules);

/// Content-Range of a 206 (section 14.4).
struct ContentRange {
  ByteRange range;
  std::optional<std::uint64_t> complete_bytes;  ///< nothing: "*"
};
std::optional<ContentRange> parse_content_range(std::string_view text) noexcept;

/// The length of a body whose end has not come yet.
inline constexpr std::uint64_t kUnknownBytes = ~std::uint64_t{0};

/// A run of bytes out of a representation: what a stored 206 holds.
struct Part {
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> complete_bytes;
  bool operator==(const Part&) const = default;
};

/// The part that a 206 with this Content-Range and `body_bytes` of body is. Nothing when the two contradict each other;
/// with Rules::mend_content_range a body that is too short counts as the beginning of what was announced.
std::optional<Part> part_of(const ContentRange& range, std::uint64_t body_bytes, const Rules& rules) noexcept;

/// What a request with this Range gets out of `part`, in positions of the whole representation. Nothing unless every
/// byte asked for is there (RFC 9111 section 3.3) and the Range is one that this room understands.
std::optional<Selection> select_within(const Part& part, std::string_view range, const Rules& rules);

/// What to ask the origin for to complete `part`: "bytes=5-". Nothing when two pieces are missing, or none.
struct MissingPiece {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;  ///< nothing: to the end
};
std::optional<MissingPiece> missing_piece(const Part& part) noexcept;

/// The run of bytes that two parts of one representation make together; nothing when a gap is between them or they
/// disagree about the complete length.
struct Joined {
  Part part;
  bool a_comes_first = true;
  std::uint64_t skip_in_second = 0;  ///< bytes of the later part that the earlier one already holds
};
std::optional<Joined> join(const Part& a, const Part& b) noexcept;

}  // namespace freshet::http
