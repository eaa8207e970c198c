// The field lines of a head, for requests and responses alike: read one after the other, checked, and noted where they
// decide about framing and connection. The part of a head that is kept from call to call while it comes in.
#pragma once

#include "http/fields.h"
#include "http1/framing.h"
#include "http1/refusal.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace freshet::http1 {

/// What the fields say that concerns the message and its connection. Counts saturate; a second line is refused.
struct FieldNotes {
  std::string_view host;
  std::string_view content_length;
  std::uint8_t host_lines = 0;
  std::uint8_t content_length_lines = 0;
  std::uint8_t transfer_encoding_lines = 0;
  bool chunked = false;              ///< the last Transfer-Encoding is exactly "chunked"
  bool close = false;                ///< Connection: close
  bool keep_alive = false;           ///< Connection: keep-alive
  bool upgrade = false;              ///< there is an Upgrade
  bool expects_continue = false;     ///< Expect: 100-continue
  bool unknown_expectation = false;  ///< Expect: anything else
  bool framing_lookalike = false;    ///< Content_Length, Transfer_Encoding
};

/// How far a head has been read. Lines that are whole are not read again while the buffer stays where it is; if it
/// moved, reading begins anew.
class HeadLines {
 public:
  http::Fields fields() const noexcept { return fields_; }
  const FieldNotes& notes() const noexcept { return notes_; }

  /// Forgets all. Needed only when a message is given up half read.
  void restart() noexcept;

  /// Where to go on in these bytes: behind the last line that was whole. Zero: at the first line.
  std::size_t resume(std::string_view buffer) noexcept;
  /// The message has been read: the next call begins anew.
  void finish() noexcept { base_ = nullptr; }

  /// Who has sent them: a proxy takes whitespace before a response's colon away (RFC 9112 section 5.1), and refuses it
  /// in a request.
  enum class Sender : std::uint8_t { client, origin };
  /// Reads lines from `at`, which is behind the first line, to the empty line. `at` is then behind that.
  Parsed read(const char*& at, const char* end, std::size_t most_fields, Sender sender, Refusal& refusal);

 private:
  void note(const http::Field& field) noexcept;
  void note_connection(std::string_view value) noexcept;

  std::vector<http::Field> fields_;
  FieldNotes notes_;
  const char* base_ = nullptr;  // of the buffer that the views point into; only ever compared
  std::size_t at_ = 0;
};

/// What may be read of the buffer, and what it means if that is not enough: a head that fills its limit will not end.
std::string_view within_limit(std::string_view buffer, const Limits& limits) noexcept;
Parsed run_out(std::string_view buffer, const Limits& limits, Refusal& refusal) noexcept;

/// At a byte that ended a run of text: takes CR LF. Anything else is refused, by its name or as `other`.
Parsed take_line_end(const char*& at, const char* end, Refusal other, Refusal& refusal) noexcept;
/// Takes "HTTP/1." and a digit.
Parsed take_version(const char*& at, const char* end, std::uint8_t& minor_version, Refusal& refusal) noexcept;

/// Where the body ends by the two fields that say so; Framing::none if neither is there. A message in which they leave
/// a doubt is refused (RFC 9112 sections 6.1 and 6.3).
Refusal judge_framing(const FieldNotes& notes, std::uint8_t minor_version, Body& body) noexcept;
/// RFC 9112 section 9.3.
bool lets_stay_open(const FieldNotes& notes, std::uint8_t minor_version) noexcept;

}  // namespace freshet::http1
