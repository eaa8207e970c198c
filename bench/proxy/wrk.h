// The load: wrk, one thread on a processor of its own, and what its report says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

struct WrkReport {
  std::uint64_t requests = 0;
  double requests_per_second = 0;
  double median_us = 0;
  double p99_us = 0;
  std::uint64_t errors = 0;  ///< of sockets, and answers other than 2xx and 3xx
  /// Share of the time in which wrk used its processor. Near 1, wrk is what is measured, and not the server.
  double busy = 0;
};

/// Reads the text that `wrk --latency` prints.
/// Errors: throws std::runtime_error where a figure is missing.
WrkReport parse_wrk(std::string_view text);

struct Load {
  int port = 0;
  std::string path;
  std::uint64_t connections = 64;
  std::uint64_t seconds = 2;
  int processor = 1;
  /// A script of wrk, or nothing.
  std::string script;
};

/// Errors: throws std::runtime_error with what wrk said.
WrkReport run_wrk(const Load& load);

/// A script in which each request asks for a path of its own: `prefix` and a number.
std::string unique_paths_script(const std::string& prefix);

}  // namespace bench
