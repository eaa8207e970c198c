// Which answers are stored for one URL whose responses have Vary: a short list that lies under the URL's own key, while
// each answer lies under a key of its own. Encoded, and read where it lies, like StoredHead.
//
//   0          2         3          4               6
//  | 'F' 'V'  | version | reserved | sets          | rows                     |
//   8
//  | sets: { names_bytes: 16 bits, names }, as vary_names() gives them         |
//  | rows: { date_us: 64, set: 16, selecting_bytes: 16, language_bytes: 16, 0: 16, selecting, language } |
//
// Rows stand newest first. So the first that matches is the most recent one, which RFC 9111 section 4 asks for, and the
// last one makes room: whatever values clients send, a URL has at most Rules::most_variants answers.
#pragma once

#include "http/fields.h"
#include "http/rules.h"

#include <freshet/time.h>

#include <optional>
#include <string>
#include <string_view>

namespace freshet::http {

struct Variant {
  std::string_view names;      ///< of its Vary
  std::string_view selecting;  ///< the text that append_selecting() made of its request
  std::string_view language;   ///< its Content-Language, if that is one language and Vary names Accept-Language only
  Instant date{};
};

class VariantList {
 public:
  /// Nothing when `bytes` are no list: something else is stored there (a response without Vary), or they are damaged.
  static std::optional<VariantList> view(std::string_view bytes) noexcept;

  std::size_t size() const noexcept { return rows_; }
  template <class Visit>
  void each(Visit&& visit) const;

  /// The variant that answers this request. `scratch` is overwritten; kept between calls, it costs no allocation.
  std::optional<Variant> select(Fields request, const Rules& rules, std::string& scratch) const;

 private:
  std::string_view names_of(std::size_t set) const noexcept;
  bool next(std::string_view& rest, Variant& row) const noexcept;

  std::string_view sets_text_, rows_text_;
  std::size_t sets_ = 0;
  std::size_t rows_ = 0;
};

/// Writes the list anew with `added` in its place by date. `old` may be nothing. Names in `dropped` the selecting text
/// of whatever had to make room (a view of `old`; empty if nothing had to), for the driver to erase. False when the
/// variant cannot be kept: refused_vary.
bool add_variant(std::string& out, const std::optional<VariantList>& old, const Variant& added, const Rules& rules,
                 std::string_view& dropped);

/// The Content-Language of a response that differs in its language only; else empty.
std::string_view sole_language(Fields response, std::string_view names);

template <class Visit>
void VariantList::each(Visit&& visit) const {
  std::string_view rest = rows_text_;
  Variant row;
  while (next(rest, row)) visit(row);
}

}  // namespace freshet::http
