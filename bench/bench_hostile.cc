// What an attacker gains who chooses the keys: lookups of keys made to be slow, beside lookups of random keys of the
// same length in the same segment. Run: ./dev bench hostile
//
// The attacker knows the code and not the segment's secret. The last family is made with the secret in hand: it is what
// the secret keeps from them, and its bound.
#include "hostile/families.h"
#include "measure/crew.h"
#include "measure/spread.h"
#include "measure/stopwatch.h"
#include "report/command_line.h"
#include "report/outcome.h"
#include "report/text_table.h"
#include "store/segment_store.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <random>

namespace {

using namespace bench;
using freshet::SegmentStore;
using freshet::segment::Segment;

struct Settings {
  std::uint64_t lookups = 20'000;
  std::uint64_t rounds = 15;
  std::uint64_t background = 100'000;
  bool json = false;
};

constexpr double kBar = 3;
constexpr std::size_t kValueBytes = 100;
const freshet::Instant kNow{std::chrono::hours(24 * 365 * 50)};

bool put(freshet::Store& store, std::string_view key) {
  static const std::string value(kValueBytes, 'v');
  freshet::PutRequest request;
  request.key = key;
  request.value = std::as_bytes(std::span(value));
  request.meta.stored_at = kNow;
  request.meta.fresh_until = request.meta.keep_until = freshet::kNever;
  return store.put(request) == freshet::Reason::stored;
}

// One family beside its likes: both stored, both looked up, hits and misses by turns.
class Contest {
 public:
  Contest(freshet::Store& store, const Family& family, const Settings& settings)
      : store_(store), family_(family), lookups_(std::min<std::uint64_t>(settings.lookups, family.most_lookups)) {
    for (const auto* keys : {&family.hostile, &family.ordinary}) {
      for (const std::string& key : *keys) stored_ = put(store, key) && stored_;
    }
  }

  void round(std::uint64_t round) {
    // Each round begins with another side, and each side reads its keys once before it is timed.
    for (std::uint64_t turn = 0; turn < 2; ++turn) {
      const bool hostile = (round + turn) % 2 == 0;
      auto& hit = hostile ? hostile_hit_ : ordinary_hit_;
      auto& miss = hostile ? hostile_miss_ : ordinary_miss_;
      hit.push_back(time(hostile ? family_.hostile : family_.ordinary, round, true));
      miss.push_back(time(hostile ? family_.hostile_absent : family_.ordinary_absent, round, false));
    }
  }

  void tell(TextTable& table, Outcome& outcome) const {
    const std::string name = family_.name + ", " + std::to_string(family_.key_bytes()) + " B";
    outcome.check(name + ": every key was stored, every get found what it should", stored_ && right_);
    const auto row = [&](const char* what, const std::vector<double>& hostile, const std::vector<double>& ordinary) {
      const Spread ratio = Spread::of(ratios(hostile, ordinary));
      table.add({family_.name, what, grouped(family_.key_bytes()), fixed(Spread::of(ordinary).median, 0),
                 fixed(Spread::of(hostile).median, 0), fixed(ratio.median, 2), fixed(ratio.least, 2),
                 fixed(ratio.most, 2)});
      outcome.add("hostile", {{"family", family_.name},
                              {"key_bytes", family_.key_bytes()},
                              {"lookup", what},
                              {"needs_the_secret", family_.needs_the_secret},
                              {"ordinary_ns", json_of(Spread::of(ordinary), ordinary)},
                              {"hostile_ns", json_of(Spread::of(hostile), hostile)},
                              {"ratio", ratio.median}});
      if (!family_.needs_the_secret) {
        outcome.bar(name + ", " + what + ", times ordinary keys", ratio.median, kBar, true);
      }
    };
    row("hit", hostile_hit_, ordinary_hit_);
    row("miss", hostile_miss_, ordinary_miss_);
  }

 private:
  // Nanoseconds of processor for each lookup, in an order that no prefetcher foresees.
  double time(const std::vector<std::string>& keys, std::uint64_t seed, bool present) {
    std::vector<std::uint32_t> order(lookups_);
    std::minstd_rand random(static_cast<unsigned>(seed + 1));
    for (std::uint32_t& i : order) i = static_cast<std::uint32_t>(random() % keys.size());
    std::string value;
    std::uint64_t found = 0;
    for (const std::string& key : keys) found += store_.get(key, kNow, value).found ? 1U : 0U;
    right_ = right_ && found == (present ? keys.size() : 0);
    found = 0;
    const std::int64_t before = processor_ns_of_this_thread();
    for (const std::uint32_t i : order) found += store_.get(keys[i], kNow, value).found ? 1U : 0U;
    const std::int64_t spent = processor_ns_of_this_thread() - before;
    right_ = right_ && found == (present ? order.size() : 0);
    return static_cast<double>(spent) / static_cast<double>(order.size());
  }

  freshet::Store& store_;
  const Family& family_;
  std::uint64_t lookups_;
  bool stored_ = true;
  bool right_ = true;
  std::vector<double> hostile_hit_, ordinary_hit_, hostile_miss_, ordinary_miss_;
};

void run(const Settings& settings, Outcome& outcome) {
  SegmentStore large(Segment::open(freshet::segment::parse_placement("memory:?size=256MiB")));
  for (std::uint64_t i = 0; i < settings.background; ++i) put(large, random_key(i, 16));
  std::vector<Family> families = families_without_the_secret();

  // The least segment: with the secret in hand, colliding keys are soonest found in it.
  auto segment = Segment::open(freshet::segment::parse_placement("memory:?size=1MiB"));
  const freshet::segment::Index& index = segment->index;
  Outcome::progress("keys that collide under the secret: some seconds");
  std::vector<Family> colliding;
  for (const std::size_t bytes : {std::size_t{8}, std::size_t{64}}) {
    colliding.push_back(family_that_collides(bytes, [&index](std::string_view key) { return index.hash(key); }));
  }
  SegmentStore least(std::move(segment));

  std::vector<Contest> contests;
  for (const Family& family : families) contests.emplace_back(large, family, settings);
  for (const Family& family : colliding) contests.emplace_back(least, family, settings);
  for (std::uint64_t round = 0; round < settings.rounds; ++round) {
    Outcome::progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings.rounds));
    for (Contest& contest : contests) contest.round(round);
  }
  TextTable table({"keys", "lookup", "bytes", "ordinary ns", "hostile ns", "ratio", "least", "most"});
  for (const Contest& contest : contests) contest.tell(table, outcome);
  if (!outcome.as_json()) {
    std::printf("\n");
    table.print();
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CommandLine line("hostile", "Lookups of keys that an attacker chose, beside random keys of the same length.");
  line.number("--lookups", settings.lookups, "gets per round, family and side; fewer where keys are long");
  line.number("--rounds", settings.rounds, "rounds, of which the median is taken");
  line.number("--background", settings.background, "other entries in the segment");
  line.flag("--json", settings.json, "one JSON object instead of text");
  line.parse(argc, argv);
  try {
    Outcome outcome("hostile", settings.json);
    outcome.settings() = {
        {"lookups", settings.lookups}, {"rounds", settings.rounds}, {"background", settings.background}};
    run(settings, outcome);
    return outcome.finish();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_hostile: %s\n", error.what());
    return 1;
  }
}
