// Structured Fields (RFC 9651, which obsoletes RFC 8941), as far as caching needs them: a Dictionary is read for the
// targeted Cache-Control fields (RFC 9213), Tokens, Strings and Integers are written for Cache-Status (RFC 9211).
//
// Strict: one wrong byte and the whole field counts as not there (section 4.2). Parameters are checked and dropped.
#pragma once

#include "http/fields.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::http {

struct StructuredItem {
  enum class Type : std::uint8_t {
    boolean,
    integer,
    decimal,
    string,  ///< `text` is between the quotation marks, escapes as they came
    token,   ///< `text` is the token
    byte_sequence,
    date,
    display_string,
    inner_list,  ///< `text` is between the parentheses
  };
  Type type = Type::boolean;
  bool boolean = true;
  std::int64_t integer = 0;
  std::string_view text;
  bool escaped = false;  ///< string: a backslash stands in `text`
};

/// One step through the Dictionary that all lines of a name make together: a key and its value.
struct DictionaryMember {
  std::string_view key;
  StructuredItem value;
};

/// Calls `visit(member)` for each member in order; a key that comes again replaces the earlier one, so a visitor that
/// simply assigns does right (section 4.2.2). False when any line does not parse: forget what was visited then.
/// An empty Dictionary is true, without a visit.
template <class Visit>
bool each_dictionary_member(Fields fields, std::string_view name, Visit&& visit);

/// The same over one line; lines that end in the middle of a member are wrong, whatever follows (section 4.2: lines are
/// joined by a comma, and none of our types contains one but a String, which may not be cut in two without failing).
class DictionaryReader {
 public:
  explicit DictionaryReader(std::string_view line) noexcept;
  /// False at the end and at the first mistake; `failed()` tells which.
  bool next(DictionaryMember& member) noexcept;
  bool failed() const noexcept { return failed_; }

 private:
  std::string_view rest_;
  bool first_ = true;
  bool failed_ = false;
};

template <class Visit>
bool each_dictionary_member(Fields fields, std::string_view name, Visit&& visit) {
  for (const Field& field : fields) {
    if (!same_word(field.name, name)) continue;
    DictionaryReader reader(field.value);
    DictionaryMember member;
    while (reader.next(member)) visit(member);
    if (reader.failed()) return false;
  }
  return true;
}

/// Whether `text` can be written as a Token; what cannot is written as a String.
bool is_structured_token(std::string_view text) noexcept;
/// As a String with its quotation marks; bytes that a String cannot hold are written as '?'.
void append_structured_string(std::string& out, std::string_view text);
void append_structured_token_or_string(std::string& out, std::string_view text);

}  // namespace freshet::http
