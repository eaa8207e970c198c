#include "tests/crash/soak/findings.h"

#include "bench/report/text_table.h"
#include "tools/json_writer.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace freshet::soak {
namespace {

using bench::fixed;
using bench::grouped;
using witness::kPausePointCount;
using witness::kPausePoints;

// What a process keeps for itself: the values in its hands, and what malloc keeps of those that it had.
constexpr std::uint64_t kMostGrowthBytes = 8 << 20;

std::string seconds(std::int64_t us) { return fixed(static_cast<double>(us) / 1e6, 3) + " s"; }

std::string mebibytes(std::uint64_t bytes) { return fixed(static_cast<double>(bytes) / (1 << 20), 1) + " MiB"; }

}  // namespace

std::uint64_t Findings::kills() const { return std::accumulate(point_kills.begin(), point_kills.end(), random_kills); }

std::int64_t Findings::longest_us() const {
  std::int64_t longest = 0;
  for (const Calls& c : calls) longest = std::max(longest, c.longest_us);
  return longest;
}

double Findings::ratio_without_kills() const {
  double sum = 0;
  for (const HitRatio& r : without_kills) sum += r.one_refill_after;
  return without_kills.empty() ? 0 : sum / static_cast<double>(without_kills.size());
}

double Findings::least_ratio_after_kills() const {
  double least = 1;
  for (const HitRatio& r : after_kills) least = std::min(least, r.one_refill_after);
  return least;
}

double Findings::tolerance() const {
  double least = 1;
  double most = 0;
  for (const HitRatio& r : without_kills) {
    least = std::min(least, r.one_refill_after);
    most = std::max(most, r.one_refill_after);
  }
  return std::max(0.01, most - least);
}

std::vector<std::string> Findings::broken() const {
  std::vector<std::string> broken = complaints;
  const auto promise = [&](bool kept, const std::string& otherwise) {
    if (!kept) broken.push_back(otherwise);
  };
  promise(torn == 0, grouped(torn) + " values were torn");
  promise(outdated == 0, grouped(outdated) + " values were served although an invalidation after them had returned");
  promise(longest_us() <= most_us(), "a survivor was blocked for " + seconds(longest_us()));
  promise(no_room == 0, grouped(no_room) + " puts found no room");
  promise(!file_grew, "the segment's file did not keep its size");
  promise(private_bytes_at_last <= private_bytes_at_first + kMostGrowthBytes,
          "the memory of the process that was never killed grew by " +
              mebibytes(private_bytes_at_last - private_bytes_at_first));
  if (stopped_early) return broken;
  promise(least_ratio_after_kills() >= ratio_without_kills() - tolerance(),
          "the hit ratio was " + fixed(least_ratio_after_kills(), 4) + " one refill after kills");
  // Half of the kills, in turns.
  if (settings.kills < 4 * kPausePointCount) return broken;
  for (int i = 0; i < kPausePointCount; ++i) {
    promise(point_kills[static_cast<std::size_t>(i)] > 0, std::string("nobody was killed at ") + kPausePoints[i].name);
  }
  return broken;
}

std::string as_text(const Findings& f) {
  std::string out;
  const auto line = [&](const std::string& what, const std::string& found) {
    out += what;
    out.append(what.size() < 44 ? 44 - what.size() : 1, ' ');
    out += found + '\n';
  };
  out += "Kills by SIGKILL, " + grouped(f.kills()) + " in " + fixed(f.took_seconds, 0) + " s, on " + f.settings.url +
         " (seed " + std::to_string(f.settings.seed) + ")\n";
  line("  at random moments", grouped(f.random_kills));
  line("    of processes that were just opening", grouped(f.while_opening));
  line("    of all processes at once", grouped(f.all_at_once) + ", in " + grouped(f.restarts) + " restarts");
  line("  at pause points", grouped(f.kills() - f.random_kills));
  for (int i = 0; i < kPausePointCount; ++i) {
    line(std::string("    ") + kPausePoints[i].name, grouped(f.point_kills[static_cast<std::size_t>(i)]));
  }
  line("  not come by a pause point within 3 s", grouped(f.not_come_by));
  line("processes started", grouped(f.started));
  line("alive at any kill, at least", grouped(f.least_alive));
  line("loads that the dead left", grouped(f.loads_of_the_dead) + ", taken over " + grouped(f.taken_over));
  line("pins that the dead left", grouped(f.pins_of_the_dead) + ", still in the way " + grouped(f.blocks.condemned));
  line("locks recovered", grouped(f.lock_recovered));

  out += "\nCalls                        count    longest  over 1 s\n";
  for (int c = 0; c < kCalls; ++c) {
    const Findings::Calls& calls = f.calls[static_cast<std::size_t>(c)];
    char text[120];
    std::snprintf(text, sizeof(text), "  %-16s %15s %10s %9s\n", kCallNames[c], grouped(calls.count).c_str(),
                  seconds(calls.longest_us).c_str(), grouped(calls.over_a_second).c_str());
    out += text;
  }
  line("  a call is blocked after",
       seconds(f.most_us()) + " (some thread waited " + seconds(f.late_us) + " for a processor)");
  if (f.was_suspended) line("  not timed", "what was under way when somebody stopped the processes (SIGSTOP)");
  line("  all survivors had gone on after", seconds(f.longest_pause_us));

  out += "\nValues\n";
  line("  served", grouped(f.hits) + ", missed " + grouped(f.misses));
  line("  torn", grouped(f.torn));
  line("  served past an invalidation", grouped(f.outdated));
  line("  fills refused because something had moved", grouped(f.refused));
  line("  entries in blocks that a kill left unreadable", grouped(f.lost_in_crash));

  out += "\nHit ratio                          right after   one refill later\n";
  const auto ratios = [&](const char* what, const HitRatio& r) {
    line(std::string("  ") + what, fixed(r.right_after, 4) + "   " + fixed(r.one_refill_after, 4));
  };
  for (const HitRatio& r : f.without_kills) ratios("a storm without kills", r);
  for (const HitRatio& r : f.after_kills) ratios("a batch of kills", r);
  line("  must come back to", fixed(f.ratio_without_kills(), 4) + " - " + fixed(f.tolerance(), 4));

  out += "\nMemory\n";
  const witness::Blocks& b = f.blocks;
  line("  blocks", grouped(f.blocks_of_the_pool) + " = " + grouped(b.free) + " free + " + grouped(b.queued) +
                       " queued + " + grouped(b.in_hand) + " in hand + " + grouped(b.index) + " index");
  line("  private memory of a survivor",
       mebibytes(f.private_bytes_at_first) + ", at the end " + mebibytes(f.private_bytes_at_last));
  const std::vector<std::string> broken = f.broken();
  out += broken.empty() ? "\nAll promises held" : "\nBROKEN:\n";
  for (const std::string& what : broken) out += "  " + what + '\n';
  if (f.stopped_early) out += broken.empty() ? ", as far as it came: stopped early" : "(stopped early)";
  return out + '\n';
}

std::string as_json(const Findings& f) {
  tools::JsonWriter json;
  json.begin_object();
  json.key("program").string("soak");
  const std::vector<std::string> broken = f.broken();
  json.key("well").boolean(broken.empty());
  json.key("broken").begin_array();
  for (const std::string& what : broken) json.string(what);
  json.end_array();
  json.key("settings").begin_object();
  json.key("kills").number(f.settings.kills);
  json.key("seconds").number(f.settings.seconds);
  json.key("batches").number(f.settings.batches);
  json.key("processes").number(f.settings.processes);
  json.key("threads_each").number(kThreads);
  json.key("seed").number(f.settings.seed);
  json.key("url").string(f.settings.url);
  json.end_object();
  json.key("took_seconds").number(f.took_seconds);
  json.key("stopped_early").boolean(f.stopped_early);

  json.key("kills").begin_object();
  json.key("all").number(f.kills());
  json.key("random").number(f.random_kills);
  json.key("random_while_opening").number(f.while_opening);
  json.key("random_all_at_once").number(f.all_at_once);
  json.key("at_pause_points").number(f.kills() - f.random_kills);
  json.key("by_pause_point").begin_object();
  for (int i = 0; i < kPausePointCount; ++i) {
    json.key(kPausePoints[i].name).number(f.point_kills[static_cast<std::size_t>(i)]);
  }
  json.end_object();
  json.key("not_come_by").number(f.not_come_by);
  json.end_object();
  json.key("processes_started").number(f.started);
  json.key("restarts").number(f.restarts);
  json.key("least_alive").number(f.least_alive);
  json.key("loads_of_the_dead").number(f.loads_of_the_dead);
  json.key("leases_taken_over").number(f.taken_over);
  json.key("pins_of_the_dead").number(f.pins_of_the_dead);
  json.key("locks_recovered").number(f.lock_recovered);
  json.key("processes_reaped").number(f.process_died);

  json.key("calls").begin_object();
  for (int c = 0; c < kCalls; ++c) {
    const Findings::Calls& calls = f.calls[static_cast<std::size_t>(c)];
    json.key(kCallNames[c]).begin_object();
    json.key("count").number(calls.count);
    json.key("longest_us").number(calls.longest_us);
    json.key("over_a_second").number(calls.over_a_second);
    json.end_object();
  }
  json.end_object();
  json.key("longest_call_us").number(f.longest_us());
  json.key("blocked_after_us").number(f.most_us());
  json.key("longest_wait_for_a_processor_us").number(f.late_us);
  json.key("was_suspended").boolean(f.was_suspended);
  json.key("longest_pause_us").number(f.longest_pause_us);

  json.key("values").begin_object();
  json.key("hits").number(f.hits);
  json.key("misses").number(f.misses);
  json.key("torn").number(f.torn);
  json.key("served_past_an_invalidation").number(f.outdated);
  json.key("fills_refused").number(f.refused);
  json.key("puts_without_room").number(f.no_room);
  json.key("lost_in_crash").number(f.lost_in_crash);
  json.end_object();

  json.key("hit_ratio").begin_object();
  const auto ratios = [&](const char* name, const std::vector<HitRatio>& all) {
    json.key(name).begin_array();
    for (const HitRatio& r : all) {
      json.begin_object();
      json.key("right_after").number(r.right_after);
      json.key("one_refill_after").number(r.one_refill_after);
      json.end_object();
    }
    json.end_array();
  };
  ratios("without_kills", f.without_kills);
  ratios("after_kills", f.after_kills);
  json.key("must_reach").number(f.ratio_without_kills() - f.tolerance());
  json.key("least_one_refill_after").number(f.least_ratio_after_kills());
  json.end_object();

  json.key("memory").begin_object();
  json.key("segment_bytes").number(f.segment_bytes);
  json.key("file_grew").boolean(f.file_grew);
  json.key("blocks").number(f.blocks_of_the_pool);
  json.key("blocks_free").number(f.blocks.free);
  json.key("blocks_queued").number(f.blocks.queued);
  json.key("blocks_in_hand").number(f.blocks.in_hand);
  json.key("blocks_index").number(f.blocks.index);
  json.key("blocks_pinned_by_the_dead").number(f.blocks.condemned);
  json.key("private_bytes_at_first").number(f.private_bytes_at_first);
  json.key("private_bytes_at_last").number(f.private_bytes_at_last);
  json.end_object();
  json.end_object();
  return json.take();
}

}  // namespace freshet::soak
