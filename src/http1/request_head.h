// The head of a request as a server reads it (RFC 9112 sections 2, 3, 5 and 6): strict, because whatever two parties
// read differently is where one client's request ends up in another's.
//
// The views point into the caller's buffer. While a head is incomplete the buffer may grow; if it also moves, the next
// call reads from its beginning again. Otherwise each call goes on with the line that was not whole: a head that comes
// byte by byte costs its length times its longest line, at sixteen bytes a step.
//
// Not decided here: whether the method is one that the server wants, whether "https" may be asked for on this
// connection, and what a field means to a cache.
//
// Ownership: the head keeps its table of fields between messages, so that parsing does not allocate once it has seen
// the largest. Threads: one at a time.
#pragma once

#include "http1/head_lines.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet::http1 {

/// RFC 9112 section 3.2.
enum class TargetForm : std::uint8_t {
  origin,     ///< /path?query
  absolute,   ///< http://host/path?query
  authority,  ///< host:port, of CONNECT and of nothing else
  asterisk,   ///< *, of OPTIONS and of nothing else
};

class RequestHead {
 public:
  std::string_view method;
  std::string_view target;  ///< as sent
  TargetForm form = TargetForm::origin;
  std::string_view scheme;  ///< of the absolute form, as sent: "http" or "https" in any case; otherwise empty
  /// Host, or the host of the absolute form, which agrees with Host if there is one. Always a host with or without a
  /// port (http::parse_host). Empty only in HTTP/1.0 without Host.
  std::string_view authority;
  /// What the key is made of: the target without scheme and authority. "/" for an absolute form without path, "*" for
  /// the asterisk, empty for CONNECT.
  std::string_view path_and_query;
  std::uint8_t minor_version = 1;  ///< as sent; above 1 is treated as 1 (RFC 9110 section 2.5)
  Body body;                       ///< none, length or chunked
  bool keep_alive = false;         ///< the client lets the connection stay open
  bool expects_continue = false;   ///< the client waits for 100 before it sends the body
  bool upgrade = false;            ///< there is an Upgrade field
  std::size_t head_bytes = 0;      ///< the body, or the next request, begins here
  Refusal refusal = Refusal::none;

  http::Fields fields() const noexcept { return lines_.fields(); }
  /// Must be called when a connection ends with its head half read and this object serves another one.
  void restart() noexcept { lines_.restart(); }

 private:
  friend Parsed parse_request(std::string_view buffer, const Limits& limits, RequestHead& head);
  HeadLines lines_;
};

/// `buffer` begins where the request begins. Parsed::complete and Parsed::bad end the message: the next call begins
/// another one. What is found does not depend on the pieces in which the bytes came.
Parsed parse_request(std::string_view buffer, const Limits& limits, RequestHead& head);

}  // namespace freshet::http1
