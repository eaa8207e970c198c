// The head of a stored response, in a form that is read where it lies: the facts that decide about reuse, computed once
// when the response came, and the fields in the bytes in which HTTP/1.1 sends them. The body stands behind it, or
// elsewhere.
//
//    0                 2         3          4
//   | magic 'F' 'H'    | version | reserved | head_bytes: all but the body           |
//    8                                        16
//   | response_at_us                         | date_us                               |
//    24                                       32
//   | modified_at_us                         | body_bytes                            |
//    40                                       48
//   | part_first                             | complete_bytes, ~0: unknown           |
//    56                  60                   64                  68
//   | initial_age_s      | lifetime_s        | swr_s             | sie_s             |
//    72       74          76          78        80                  84
//   | status  | flags     | lines    | etag_    | etag_at           | modified_at      |
//    88       90          92                    bytes
//   | modified_bytes | 0  | block_bytes                         |
//    96
//   | name_bytes, value_bytes: 16 bits each, one pair per line  |
//   | block: "Name: value\r\n" per line, without gaps           |
//
// All numbers as the machine has them: a segment does not leave its host.
//
// A head may come from a file that somebody else wrote. view() checks everything once, so that no accessor can read
// outside the bytes or calculate with an instant that overflows; what does not check is a miss (miss_bad_head). Whether
// as many bytes of body are there as part.bytes says, only the driver can see, and must.
#pragma once

#include "http/fields.h"
#include "http/range.h"

#include <freshet/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::http {

/// What is known of a stored response besides its fields. Spans are what the origin said; the rules of whoever reads
/// cut them (reuse.h).
struct Facts {
  std::uint16_t status = 0;
  Instant response_at{};  ///< received, or validated last
  Instant date{};         ///< its Date
  Seconds initial_age{0};
  Seconds lifetime{0};
  std::optional<Seconds> stale_while_revalidate;
  std::optional<Seconds> stale_if_error;
  bool no_cache = false;         ///< to be validated before each use
  bool must_revalidate = false;  ///< never stale: must-revalidate, or for a shared cache proxy-revalidate and s-maxage
  bool heuristic = false;        ///< the lifetime is assumed
  bool shares_authorized = false;  ///< may answer requests with Authorization
  bool immutable = false;
  bool partial = false;  ///< a 206: `part` says which bytes
  /// Of a complete response: first 0, and bytes and complete_bytes the length of the body; bytes is kUnknownBytes while
  /// the body is still coming.
  Part part;

  /// The first instant at which it is stale.
  Instant fresh_until() const noexcept { return response_at + (lifetime - initial_age); }
};

/// Appends the encoding of a head. False, and nothing appended, when a field is no field (a name that is no token, a
/// value with a control byte) or does not fit 16 bits, or the block would pass kMostBlockBytes.
bool append_head(std::string& out, const Facts& facts, Fields fields);
inline constexpr std::size_t kMostBlockBytes = 1 << 20;

/// When the body's length is known only at its end: writes into an encoded head which bytes were stored. Of a complete
/// response that is {0, length, length}. False when `head` is no head or the part is none.
bool set_part(std::string& head, const Part& part);

/// How many bytes the head has that `bytes` begin with; eight are enough to tell. Nothing when they are no head. For who
/// has a head's bytes in pieces and must put them together for view().
std::optional<std::size_t> head_bytes_of(std::string_view bytes) noexcept;
inline constexpr std::size_t kHeadPrefixBytes = 8;

class StoredHead {
 public:
  /// A view of the head that `bytes` begin with. Ownership: of `bytes`, which must not change under it.
  /// Cost: a look at each line's ends.
  static std::optional<StoredHead> view(std::string_view bytes) noexcept;

  const Facts& facts() const noexcept { return facts_; }
  /// The first line that is an entity tag; empty if there is none. The same for a valid Last-Modified and its instant.
  std::string_view etag() const noexcept { return etag_; }
  std::string_view last_modified() const noexcept { return last_modified_; }
  Instant modified_at() const noexcept { return modified_at_; }

  std::size_t head_bytes() const noexcept { return head_bytes_; }
  /// All fields as HTTP/1.1 sends them, each line with its end.
  std::string_view block() const noexcept { return block_; }
  std::size_t lines() const noexcept { return lines_; }

  template <class Visit>
  void each_field(Visit&& visit) const;
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// Appends views of all fields: for the functions that take Fields.
  void append_fields(std::vector<Field>& out) const;

 private:
  struct Line {
    std::size_t name_bytes = 0;
    std::size_t value_bytes = 0;
  };
  Line line(std::size_t i) const noexcept;

  Facts facts_;
  Instant modified_at_{};
  std::string_view etag_, last_modified_;
  std::string_view table_, block_;
  std::size_t lines_ = 0;
  std::size_t head_bytes_ = 0;
};

inline constexpr std::size_t kBetweenNameAndValue = 2;  // ": "
inline constexpr std::size_t kLineEnd = 2;              // CR LF

template <class Visit>
void StoredHead::each_field(Visit&& visit) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < lines_; ++i) {
    const Line one = line(i);
    visit(Field{block_.substr(at, one.name_bytes),
                block_.substr(at + one.name_bytes + kBetweenNameAndValue, one.value_bytes)});
    at += one.name_bytes + kBetweenNameAndValue + one.value_bytes + kLineEnd;
  }
}

}  // namespace freshet::http
