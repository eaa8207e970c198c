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
  /// The lines before `at` are done.
  void leave_at(std::size_t at) noexcept { at_ = at; }
  /// The message has been read: the next call begins anew.
  void finish() noexcept { base_ = nullptr; }

  /// Who has sent them: a proxy takes whitespace before a response's colon away (RFC 9112 section 5.1), and refuses it
  /// in a request.
  enum class Sender : std::uint8_t { client, origin };
  /// Reads lines of `buffer` from `at` until the empty line. `at` is then behind it, or at the line that is not whole.
  Parsed read(std::string_view buffer, std::size_t& at, const Limits& limits, Sender sender, Refusal& refusal);

 private:
  void note(const http::Field& field) noexcept;

  std::vector<http::Field> fields_;
  FieldNotes notes_;
  const char* base_ = nullptr;  // of the buffer that the views point into; only ever compared
  std::size_t at_ = 0;
};

}  // namespace freshet::http1
