// `freshet replay`: what a cache of this or that size would have done with an access log: the hit-ratio curve of the
// real engine, not of a model of it.
#include "curve_plot.h"
#include "exit_code.h"
#include "figures.h"
#include "json_writer.h"
#include "memory_sizes.h"
#include "printable.h"
#include "progress_line.h"
#include "trace_replay.h"
#include "verbs.h"

#include <freshet/cache.h>
#include <freshet/error.h>
#include <freshet/time.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <system_error>
#include <vector>

namespace freshet::tools {
namespace {

constexpr std::string_view kValueBytesText = "1KiB";

// What was asked for, checked before anything long begins.
struct Wanted {
  TraceReading reading;
  std::vector<std::uint64_t> sizes;  ///< empty: around what the trace takes
  std::uint64_t value_bytes = 0;
  Duration ttl = kForever;
  std::string svg;
  bool json = false;
};

struct Curves {
  AccessTrace trace;
  std::uint64_t footprint_bytes = 0;
  std::vector<ReplayFigures> points;          ///< by size
  std::vector<std::uint64_t> without_memory;  ///< chosen sizes for which there is not enough
};

std::shared_ptr<Store> open_memory(std::uint64_t size_bytes) {
  return open("memory:?size=" + std::to_string(size_bytes)).store();
}

// Early, so that nobody waits an hour for it; what is in the file stays until there is something better.
void check_writable(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "ae");
  if (file == nullptr) throw std::system_error(errno, std::generic_category(), "cannot write " + printable(path));
  std::fclose(file);
}

void write_file(const std::string& path, std::string_view text) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr && std::fclose(file) != 0) written = false;
  if (!written) throw std::system_error(errno, std::generic_category(), "cannot write " + printable(path));
}

// The engine's own words, but for its mends: they are for a cache that is to run.
[[noreturn]] void refuse_size(std::uint64_t size_bytes, std::string_view why) {
  throw ConfigError(fmt::format("--sizes: {}: {}; give smaller sizes, or replay where there is more memory",
                                size_text(size_bytes), why.substr(0, why.find("; "))));
}

Wanted wanted(const Arguments& arguments) {
  Wanted out;
  if (arguments.has("--format")) {
    const std::string_view format = arguments.value("--format");
    out.reading.format = trace_format(format);
    if (!out.reading.format) {
      throw UsageError("--format: there is no format \"" + printable(format) + "\"; it is " + trace_format_names());
    }
  }
  if (arguments.has("--sizes")) out.sizes = parse_sizes(arguments.value("--sizes"));
  out.value_bytes = parse_size(arguments.value("--value-bytes", kValueBytesText));
  if (arguments.has("--ttl")) {
    try {
      out.ttl = parse_duration(arguments.value("--ttl"));
    } catch (const ConfigError& error) {
      throw UsageError(std::string("--ttl: ") + error.what());
    }
    if (out.ttl == Duration::zero()) throw UsageError("--ttl: with 0 nothing is ever fresh");
  }
  out.json = arguments.has("--json");
  out.svg = arguments.value("--svg");
  if (arguments.has("--svg")) {
    if (out.svg.empty()) throw UsageError("--svg is empty; give the file to write");
    check_writable(out.svg);
  }
  if (!out.sizes.empty()) {
    try {
      open_memory(out.sizes.back());
    } catch (const ConfigError& error) {
      refuse_size(out.sizes.back(), error.what());
    }
  }
  return out;
}

ReplayFigures replay_one(const Curves& curves, const Wanted& wanted, std::uint64_t size_bytes, ProgressLine& progress) {
  const std::shared_ptr<Store> store = open_memory(size_bytes);
  ReplayOptions options;
  options.value_bytes = wanted.value_bytes;
  options.max_value_bytes = store->stats().size_bytes / 4;
  options.ttl = wanted.ttl;
  options.progress = [&](std::uint64_t done) {
    progress.say(fmt::format("  {}: {}", size_text(size_bytes), percent(done, curves.trace.accesses.size())));
  };
  return replay(curves.trace, *store, options);
}

Curves make_curves(const std::string& path, const Wanted& wanted) {
  ProgressLine progress;
  Curves curves;
  TraceReading reading = wanted.reading;
  reading.progress = [&](std::uint64_t done) {
    progress.say(fmt::format("  reading: {} accesses", with_commas(done)));
  };
  curves.trace = read_trace(path, reading);
  if (wanted.ttl != kForever && !curves.trace.has_times()) {
    throw UsageError(
        fmt::format("--ttl needs times, and a trace of the format {} has none", name(curves.trace.format)));
  }
  curves.footprint_bytes = footprint_bytes(curves.trace, wanted.value_bytes);
  std::vector<std::uint64_t> sizes = wanted.sizes.empty() ? sizes_around(curves.footprint_bytes) : wanted.sizes;
  // The largest first: whether there is memory for it shows at once.
  std::reverse(sizes.begin(), sizes.end());
  for (const std::uint64_t size : sizes) {
    try {
      curves.points.push_back(replay_one(curves, wanted, size, progress));
    } catch (const ConfigError& error) {
      if (!wanted.sizes.empty() || size == sizes.back()) refuse_size(size, error.what());
      curves.without_memory.push_back(size);
    }
  }
  std::reverse(curves.points.begin(), curves.points.end());
  return curves;
}

double held(const ReplayFigures& point) {
  return point.entries_held > 0 ? point.entries_held : static_cast<double>(point.entries_at_end);
}

std::string text_of(const Curves& curves, const Wanted& wanted) {
  const AccessTrace& trace = curves.trace;
  std::string out = fmt::format("{}: {} accesses of {} keys ({}); {} if all were kept\n", trace.name,
                                with_commas(trace.accesses.size()), with_commas(trace.keys.size()), name(trace.format),
                                size_text(curves.footprint_bytes));
  if (!trace.has_sizes()) out += fmt::format("  every value counted as {}\n", size_text(wanted.value_bytes));
  if (trace.left_out_lines > 0) {
    out += fmt::format(
        "  {} lines left out, the first of them line {}: {}\n", with_commas(trace.left_out_lines),
        with_commas(trace.first_left_out_line),
        trace.format == TraceFormat::log ? "neither GET nor HEAD, or not of the form combined" : "not a number");
  }
  for (const std::uint64_t size : curves.without_memory) {
    out += fmt::format("  {} left out: there is not enough memory here\n", size_text(size));
  }
  const bool refused =
      std::any_of(curves.points.begin(), curves.points.end(), [](const ReplayFigures& p) { return p.refused > 0; });
  const bool ttl = wanted.ttl != kForever;
  out += fmt::format("\n{:>10}  {:>8}", "segment", "hits");
  if (trace.has_sizes()) out += fmt::format("  {:>8}", "of bytes");
  if (trace.has_costs) out += fmt::format("  {:>8}", "of time");
  out += fmt::format("  {:>14}", "entries");
  if (ttl) out += fmt::format("  {:>12}", "stale");
  if (refused) out += fmt::format("  {:>12}", "too large");
  out += '\n';
  for (const ReplayFigures& point : curves.points) {
    out += fmt::format("{:>10}  {:>8}", size_text(point.size_bytes), percent(point.hits, point.accesses));
    if (trace.has_sizes()) out += fmt::format("  {:>8}", percent(point.hit_bytes, point.bytes));
    if (trace.has_costs) out += fmt::format("  {:>8}", percent(point.saved_us, point.load_us));
    out += fmt::format("  {:>14}", with_commas(static_cast<std::uint64_t>(std::llround(held(point)))));
    if (ttl) out += fmt::format("  {:>12}", with_commas(point.stale));
    if (refused) out += fmt::format("  {:>12}", with_commas(point.refused));
    out += '\n';
  }
  return out;
}

std::string json_of(const Curves& curves, const Wanted& wanted) {
  const AccessTrace& trace = curves.trace;
  JsonWriter json;
  json.begin_object();
  json.key("trace").string(trace.name);
  json.key("format").string(name(trace.format));
  json.key("accesses").number(trace.accesses.size());
  json.key("keys").number(trace.keys.size());
  json.key("footprint_bytes").number(curves.footprint_bytes);
  json.key("left_out_lines").number(trace.left_out_lines);
  json.key("first_left_out_line");
  trace.left_out_lines > 0 ? json.number(trace.first_left_out_line) : json.null();
  json.key("value_bytes");
  trace.has_sizes() ? json.null() : json.number(wanted.value_bytes);
  json.key("ttl_us");
  wanted.ttl == kForever ? json.null() : json.number(wanted.ttl.count());
  json.key("without_memory_bytes").begin_array();
  for (const std::uint64_t size : curves.without_memory) json.number(size);
  json.end_array();
  json.key("points").begin_array();
  for (const ReplayFigures& point : curves.points) {
    json.begin_object();
    json.key("size_bytes").number(point.size_bytes);
    json.key("hits").number(point.hits);
    json.key("hit_ratio").number(point.hit_ratio());
    json.key("byte_hit_ratio").number(point.byte_hit_ratio());
    json.key("entries").number(held(point));
    json.key("stale").number(point.stale);
    json.key("refused").number(point.refused);
    json.key("load_us").number(point.load_us);
    json.key("saved_us").number(point.saved_us);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

CurvePlot plot_of(const Curves& curves, const Wanted& wanted) {
  const AccessTrace& trace = curves.trace;
  std::string file = trace.name.substr(trace.name.rfind('/') + 1);
  if (file.size() > 60) file = file.substr(0, 57) + "...";
  CurvePlot plot;
  plot.title = "Hit ratio over memory: " + file;
  plot.subtitle = fmt::format("{} accesses of {} keys; {} if all were kept", with_commas(trace.accesses.size()),
                              with_commas(trace.keys.size()), size_text(curves.footprint_bytes));
  if (wanted.ttl != kForever) plot.subtitle += "; ttl " + format_duration(wanted.ttl);
  plot.curves.push_back({"hits", {}});
  if (trace.has_sizes()) plot.curves.push_back({"hits by bytes", {}});
  for (const ReplayFigures& point : curves.points) {
    plot.sizes_bytes.push_back(point.size_bytes);
    plot.curves[0].ratios.push_back(point.hit_ratio());
    if (trace.has_sizes()) plot.curves[1].ratios.push_back(point.byte_hit_ratio());
  }
  return plot;
}

ExitCode run_replay(const Arguments& arguments) {
  const Wanted asked = wanted(arguments);
  const Curves curves = make_curves(std::string(arguments.operand(0)), asked);
  if (!asked.svg.empty()) write_file(asked.svg, svg_text(plot_of(curves, asked)));
  print(asked.json ? json_of(curves, asked) : text_of(curves, asked));
  return ExitCode::ok;
}

constexpr Operand kOperands[] = {{"TRACE", "a file, plain or compressed by gzip or xz; - is the standard input"}};
constexpr Flag kFlags[] = {
    {"--format", "F",
     "be32, be64: a big-endian integer per access; text: a decimal key per line; sized: lines of time in seconds, key, "
     "bytes and perhaps the load's microseconds; log: an access log of nginx or Apache, form combined or common",
     "told from the first lines, where it is text"},
    {"--sizes", "LIST", "sizes of the segment, as in 16MiB,64MiB,1GiB", "powers of two around what the trace takes"},
    {"--value-bytes", "SIZE", "of each value, where the trace does not tell", kValueBytesText},
    {"--ttl", "SPAN", "after which a value is stale, by the trace's own times; for sized and log", "forever"},
    {"--svg", "FILE", "draw the curve into this file as well"},
    {"--json", "", "as JSON: every point with its figures"}};
constexpr std::string_view kExamples[] = {
    "freshet replay /var/log/nginx/access.log", "freshet replay access.log.1.gz --ttl 5m --svg hits.svg",
    "zcat -f access.log* | freshet replay - --format log --sizes 64MiB,256MiB,1GiB",
    "freshet replay keys.txt --value-bytes 4KiB --json | jq '.points[].hit_ratio'"};

}  // namespace

const Verb kReplayVerb = {
    "replay",
    "shows how often caches of several sizes would have answered your own access log",
    "TRACE [--format F] [--sizes LIST] [--value-bytes SIZE] [--ttl SPAN] [--svg FILE] [--json]",
    "Each access is read from a segment of the size in question, in this process's memory, and what is not there is "
    "stored: the real engine answers, not a model. In a log, the key is the target of GET and HEAD as it stands there, "
    "and the size is that of the key's last whole answer. Takes about 24 bytes of memory for each access besides the "
    "largest segment.",
    kOperands,
    kFlags,
    kExamples,
    run_replay};

}  // namespace freshet::tools
