// The hit ratio of the real engine on access traces, each access a read that fills on a miss, beside an exact LRU of
// the same capacity in the same run.
//
// Usage: bench_replay [--format F] [--capacity-entries N] [--traces DIR] [--json] [FILE...]
//   Traces without sizes are replayed with as many entries as asked for, by default 1 % (at least 20) and 10 % of the
//   keys; the engine's values are sized so that it really holds so many (equal_capacity.h). Traces with sizes are
//   replayed in segments of 1 % and 10 % of what all their values take, or with room for about N of them.
//   Without FILE: six well-known traces in DIR, or in the folder that FRESHET_TRACES names.
// Exit codes: 0 measured; 1 a trace cannot be read, or equal terms cannot be had; 2 wrong usage.
#include "replay_report.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::bench {
namespace {

struct Arguments {
  std::optional<tools::TraceFormat> format;
  std::uint64_t capacity_entries = 0;
  std::string traces;
  bool json = false;
  std::vector<std::string> files;
};

[[noreturn]] void wrong_usage(const std::string& what) {
  std::fprintf(stderr,
               "bench_replay: %s\n"
               "usage: bench_replay [--format %s] [--capacity-entries N] [--traces DIR] [--json] [FILE...]\n",
               what.c_str(), tools::trace_format_names().c_str());
  std::exit(2);
}

Arguments parse(int count, char** words) {
  Arguments arguments;
  const char* folder = std::getenv("FRESHET_TRACES");
  if (folder != nullptr) arguments.traces = folder;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&] {
      if (i + 1 == count) wrong_usage(word + " needs a value");
      return std::string(words[++i]);
    };
    if (word == "--json") {
      arguments.json = true;
    } else if (word == "--traces") {
      arguments.traces = value();
    } else if (word == "--format") {
      const std::string format = value();
      arguments.format = tools::trace_format(format);
      if (!arguments.format) wrong_usage("there is no format " + format);
    } else if (word == "--capacity-entries") {
      const std::string number = value();
      char* end = nullptr;
      arguments.capacity_entries = std::strtoull(number.c_str(), &end, 10);
      if (*end != '\0' || arguments.capacity_entries < 10 || number.starts_with('-') ||
          arguments.capacity_entries > 100'000'000) {
        wrong_usage("--capacity-entries: " + number + " is no number from 10 to 100000000");
      }
    } else if (word.starts_with('-') && word != "-") {
      wrong_usage("there is no option " + word);
    } else {
      arguments.files.push_back(word);
    }
  }
  return arguments;
}

void find_well_known(Arguments& arguments) {
  std::string missing;
  for (const WellKnownTrace& trace : kWellKnownTraces) {
    const std::filesystem::path path = std::filesystem::path(arguments.traces) / trace.file;
    if (arguments.traces.empty() || !std::filesystem::exists(path)) missing += ' ' + std::string(trace.file);
    arguments.files.push_back(path.string());
  }
  if (missing.empty()) return;
  std::fprintf(
      stderr,
      "bench_replay: these traces are missing%s%s:%s\n"
      "They are published, under these names, with the cache simulator of Caffeine: in the public repository\n"
      "ben-manes/caffeine, among the resources of its folder \"simulator\", where the parsers for cache2k, scarab\n"
      "and lirs have theirs. Put them into one folder, and name it with --traces DIR or in the environment as\n"
      "FRESHET_TRACES. Or give a trace of your own: FILE...\n",
      arguments.traces.empty() ? "" : " in ", arguments.traces.c_str(), missing.c_str());
  std::exit(2);
}

int run(Arguments arguments) {
  const bool well_known = arguments.files.empty();
  if (well_known) find_well_known(arguments);
  Report report(arguments.json, well_known && arguments.capacity_entries == 0);
  for (const std::string& file : arguments.files) {
    tools::TraceReading reading;
    reading.format = arguments.format;
    if (!reading.format) reading.format = well_known_format(file);
    report.measure(tools::read_trace(file, reading), arguments.capacity_entries);
  }
  return report.finish() ? 0 : 1;
}

}  // namespace
}  // namespace freshet::bench

int main(int count, char** words) {
  try {
    return freshet::bench::run(freshet::bench::parse(count, words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_replay: %s\n", error.what());
    return 1;
  }
}
