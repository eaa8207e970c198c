// Sets and invalidations: single sets into an empty and into a full segment; loads that read and write, beside the
// peers; invalidating a tag, and reading meanwhile. Run: ./dev bench set
#include "report/command_line.h"
#include "report/outcome.h"
#include "set/invalidation.h"
#include "set/latency.h"
#include "set/mixed.h"

#include <algorithm>
#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  bench::LatencySettings latency;
  bench::MixedSettings mixed;
  bench::InvalidationSettings invalidation;
  std::uint64_t rounds = 5;
  std::vector<std::string> parts = {"latency", "mixed", "invalidate", "readers"};
  bool json = false;
  bench::CommandLine line("set", "Single sets, mixed loads beside the peers, and what invalidating a tag costs.");
  line.words("--parts", parts, "which of latency,mixed,invalidate,readers to run (all)");
  line.number("--entries", latency.entries, "entries of the full segment, and of the tag that is invalidated");
  line.number("--sets", latency.sets, "sets timed one by one, per round");
  line.number("--mixed-entries", mixed.entries, "keys of the mixed loads and of the readers");
  line.number("--calls", mixed.calls, "calls of a mixed load per round and thread; a 25th of it behind a socket");
  line.number("--rounds", rounds, "rounds, of which the median is taken");
  line.words("--only", mixed.only, "only contenders whose names contain one of these, and the limit");
  line.flag("--json", json, "one JSON object instead of text");
  line.parse(argc, argv);
  latency.rounds = mixed.rounds = invalidation.rounds = rounds;
  invalidation.entries = latency.entries;
  invalidation.calls = latency.sets;
  invalidation.reader_entries = mixed.entries;
  const auto wanted = [&](const char* part) { return std::find(parts.begin(), parts.end(), part) != parts.end(); };
  try {
    bench::Outcome outcome("set", json);
    outcome.settings() = {{"entries", latency.entries},
                          {"sets", latency.sets},
                          {"mixed_entries", mixed.entries},
                          {"calls", mixed.calls},
                          {"rounds", rounds}};
    if (wanted("latency")) bench::run_set_latency(latency, outcome);
    if (wanted("mixed")) bench::run_mixed(mixed, outcome);
    if (wanted("invalidate")) bench::run_invalidation(invalidation, outcome);
    if (wanted("readers")) bench::run_readers_beside_invalidation(invalidation, outcome);
    return outcome.finish();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_set: %s\n", error.what());
    return 1;
  }
}
