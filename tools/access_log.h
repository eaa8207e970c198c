// One line of a web server's access log, in the form that nginx and Apache call "combined", or in its beginning,
// "common"; a virtual host may stand before it.
//
//   203.0.113.7 - - [10/Oct/2000:13:55:36 -0700] "GET /cart?a=1 HTTP/1.1" 200 2326 "https://..." "Mozilla/..."
#pragma once

#include <freshet/time.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace freshet::tools {

struct LogLine {
  Instant at{};
  std::string_view method;
  std::string_view target;  ///< as the client wrote it, query included
  unsigned status = 0;
  std::uint64_t body_bytes = 0;
};

/// Nothing when the line is not of this form. The views are into `line`.
std::optional<LogLine> parse_log_line(std::string_view line);

}  // namespace freshet::tools
