// The head of a response as a proxy reads it from an origin (RFC 9112 sections 4 to 6).
//
// As strict as with requests where two readers could disagree about where the body ends or where a line ends; a
// missing reason phrase and whitespace before a colon, which do no harm, pass. A response that is refused is a 502,
// and its connection is closed.
//
// Buffer, ownership and cost: as in request_head.h.
#pragma once

#include "http1/head_lines.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet::http1 {

class ResponseHead {
 public:
  std::uint16_t status = 0;
  std::string_view reason_phrase;  ///< as sent; may be empty
  std::uint8_t minor_version = 1;
  Body body;
  /// The origin lets the connection stay open, and where the body ends is certain. False too for what an origin should
  /// not have said (a 204 with a body's length): what follows such a head may be a body, and must not become the next
  /// response.
  bool keep_alive = false;
  bool upgrade = false;  ///< there is an Upgrade field
  std::size_t head_bytes = 0;
  Refusal refusal = Refusal::none;

  http::Fields fields() const noexcept { return lines_.fields(); }
  /// 1xx but 101: the response proper is still to come, behind head_bytes.
  bool is_interim() const noexcept { return status < 200 && status != 101; }
  /// Must be called when a connection ends with its head half read and this object serves another one.
  void restart() noexcept { lines_.restart(); }

 private:
  friend Parsed parse_response(std::string_view buffer, std::string_view request_method, const Limits& limits,
                               ResponseHead& head);
  HeadLines lines_;
};

/// `request_method` is that of the request which this answers: the body of an answer to HEAD is never sent.
Parsed parse_response(std::string_view buffer, std::string_view request_method, const Limits& limits,
                      ResponseHead& head);

}  // namespace freshet::http1
