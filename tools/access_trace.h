// An access trace: which key was asked for, in which order, and as far as the format tells, when, how large the value
// was and what it cost to load.
//
//   be32, be64  a big-endian integer per access
//   text        a decimal key per line; lines that are no number are left out
//   sized       text: time in seconds, key, bytes, and if known the load's microseconds, with blanks between
//   log         an access log (access_log.h): the targets of GET and HEAD; other lines are left out
#pragma once

#include "trace_input.h"

#include <freshet/time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::tools {

// X(name)
#define FRESHET_TRACE_FORMATS(X) X(be32) X(be64) X(text) X(sized) X(log)

enum class TraceFormat : std::uint8_t {
#define FRESHET_TRACE_FORMAT_ENUM(name) name,
  FRESHET_TRACE_FORMATS(FRESHET_TRACE_FORMAT_ENUM)
#undef FRESHET_TRACE_FORMAT_ENUM
};
std::string_view name(TraceFormat format);
std::optional<TraceFormat> trace_format(std::string_view name);
/// "be32, be64, text, sized or log": for messages.
std::string trace_format_names();

struct Access {
  std::uint32_t key = 0;          ///< index into AccessTrace::keys
  std::uint32_t load_us = 0;      ///< what loading the value costs; 0 where unknown
  std::uint64_t value_bytes = 0;  ///< 0 where the format tells no sizes
  Instant at{};                   ///< never before the access in front of it
};

struct AccessTrace {
  std::string name;
  TraceFormat format = TraceFormat::text;
  std::vector<Access> accesses;
  /// Of numbers, their eight bytes, the most significant first.
  std::vector<std::string> keys;
  std::uint64_t left_out_lines = 0;
  std::uint64_t first_left_out_line = 0;

  bool has_sizes() const { return format == TraceFormat::sized || format == TraceFormat::log; }
  bool has_times() const { return has_sizes(); }
  /// Whether any access tells what its load cost.
  bool has_costs = false;
};

struct TraceReading {
  /// Unset: told from the first lines. The binary formats cannot be told apart and must be named.
  std::optional<TraceFormat> format;
  /// Told from time to time how many accesses were read.
  std::function<void(std::uint64_t)> progress;
};

/// Cost: 24 bytes of memory for each access, and about 100 for each key.
/// Errors: throws TraceError for what cannot be read or is not of the format, and for a trace without any access.
AccessTrace read_trace(const std::string& path, const TraceReading& reading = {});

}  // namespace freshet::tools
