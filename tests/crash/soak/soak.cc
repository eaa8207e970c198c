#include "tests/crash/soak/soak.h"

#include "segment/placement.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <sys/stat.h>

namespace freshet::soak {

using namespace std::chrono_literals;
using witness::await;
using witness::Child;
using witness::kPausePointCount;
using witness::kPausePoints;
using witness::Passed;

namespace {

// Whoever does nothing for so long is not slow any more.
constexpr auto kStuck = 30s;
constexpr auto kComesBy = 3s;
// A point that nobody came by so often in a row is not tried again: the index, say, cannot grow any more.
constexpr int kMostMisses = 3;
constexpr int kCalmStorms = 6;

}  // namespace

Soak::Soak(const Settings& settings)
    : settings_(settings),
      path_(segment::parse_placement(settings.url).path),
      random_(settings.seed),
      misses_of_point_(kPausePointCount) {
  findings_.settings = settings;
  findings_.least_alive = settings.processes;
  std::filesystem::remove(path_);
}

Soak::~Soak() {
  workers_.clear();
  store_.reset();
  std::filesystem::remove(path_);
}

Findings Soak::run() {
  began_us_ = now_us();
  note_continuations(*page_);
  const segment::Geometry geometry = segment::Geometry::of(segment::parse_placement(settings_.url).size_bytes);
  findings_.segment_bytes = geometry.size_bytes;
  findings_.blocks_of_the_pool = geometry.blocks;
  set_ = std::make_unique<WorkingSet>(geometry.log_bytes(), settings_.seed);
  workers_.resize(settings_.processes);

  kill_around_young_segments();
  open();
  const auto [file_bytes, file_blocks] = size_of_file();
  start_all();
  storms_without_kills();
  const std::uint64_t before = findings_.kills();
  const std::uint64_t all = std::max(settings_.kills, before + settings_.batches) - before;
  for (std::uint64_t b = 1; b <= settings_.batches && !done(); ++b) {
    if (b % 2 == 0) {
      kill_all_at_once();
      start_all();
    }
    batch(before + all * b / settings_.batches);
    findings_.after_kills.push_back(look_back("after a batch of kills"));
    findings_.private_bytes_at_last = page_->process[settings_.processes - 1].private_bytes;
  }
  findings_.stopped_early = done();
  collect();
  kill_all_at_once();
  findings_.file_grew = size_of_file() != std::pair(file_bytes, file_blocks);
  findings_.took_seconds = static_cast<double>(now_us() - began_us_) / 1e6;
  return findings_;
}

void Soak::storms_without_kills() {
  for (int i = 0; i < kCalmStorms && !stop; ++i) {
    progress("a storm without any");
    page_->clears = i == 0;
    calm_down();
    const HitRatio found = look_back("after a storm without kills");
    // What the first one leaves is what every beginning leaves.
    if (i > 0) findings_.without_kills.push_back(found);
    findings_.private_bytes_at_first = page_->process[settings_.processes - 1].private_bytes;
  }
}

void Soak::calm_down() {
  const std::uint64_t until = steps() + std::clamp<std::uint64_t>(settings_.kills * 100, 30'000, 300'000);
  if (!await([&] { return steps() >= until || stop; }, std::chrono::minutes(5))) complain("the workers do not work");
}

std::pair<std::uint64_t, std::uint64_t> Soak::size_of_file() const {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) return {0, 0};
  return {static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(status.st_blocks)};
}

template <class Event>
bool Soak::comes(Event&& event) {
  for (std::int64_t since = now_us(); !await(event, kStuck); since = now_us()) {
    if (!was_suspended(*page_, since)) return false;
  }
  return true;
}

// --- processes ---------------------------------------------------------------------------------------------------

void Soak::open() {
  const Stopwatch watch(*page_, me_, Call::open);
  store_ = std::make_unique<witness::Opened>(settings_.url);
}

void Soak::start(unsigned process) {
  Process& slot = page_->process[process];
  slot.dies_at = -1;
  for (Caller& caller : slot.caller) {
    caller.steps = 0;
    caller.since_us = 0;
    caller.loads = Caller::kNothing;
    caller.pins = 0;
    caller.rests = false;
  }
  const Post post{process, static_cast<unsigned>(settings_.processes), random_()};
  workers_[process] = Child([this, post]() -> int { work(settings_.url, *set_, *page_, post); });
  ++findings_.started;
}

void Soak::start_all() {
  for (unsigned p = 0; p < settings_.processes; ++p) start(p);
}

std::uint64_t Soak::steps() const {
  std::uint64_t sum = 0;
  for (unsigned p = 0; p < settings_.processes; ++p) {
    for (const Caller& caller : page_->process[p].caller) sum += caller.steps;
  }
  return sum;
}

// --- kills -------------------------------------------------------------------------------------------------------

// Segments that are created, grow, and are left by everybody at once: whoever creates one dies while it formats, the
// next one finds the remains and dies when it is done; then the index grows, and dies on the way.
void Soak::kill_around_young_segments() {
  const std::uint64_t rounds = std::clamp<std::uint64_t>(settings_.kills / 2 / kPausePointCount, 1, 100);
  for (std::uint64_t i = 0; i < rounds && !done(); ++i) {
    if (i % 10 == 0) progress("of who creates a segment, and of who lets its index grow");
    for (int point = 0; point < kPausePointCount; ++point) {
      if (kPausePoints[point].passed == Passed::on_creation) kill_creator(point);
    }
    open();
    start_all();
    for (int point = 0; point < kPausePointCount; ++point) {
      if (kPausePoints[point].passed == Passed::on_growth && !done()) kill_at(point);
    }
    kill_all_at_once();
    store_.reset();
    std::filesystem::remove(path_);
  }
}

void Soak::kill_creator(int point) {
  page_->process[0].passages = 1;
  page_->process[0].dies_at = point;
  Child creator([this] {
    heed_pause_points(*page_, 0);
    const witness::Opened store(settings_.url);
    return 0;
  });
  ++findings_.started;
  if (creator.wait() != -SIGKILL) complain(std::string("a creator did not die at ") + kPausePoints[point].name);
  // As the dead said it.
  findings_.point_kills[static_cast<std::size_t>(point)] = page_->died_at[point];
}

void Soak::batch(std::uint64_t until) {
  const std::uint64_t from = findings_.kills();
  progress("at random moments and at work");
  page_->clears = true;
  while (findings_.kills() < until && !done()) {
    // The last quarter without clear(), and after a rest from it: what kills take away should be seen, not what that
    // did.
    if (findings_.kills() >= from + (until - from) * 3 / 4 && page_->clears.exchange(false)) calm_down();
    const int point = findings_.kills() - findings_.random_kills < findings_.random_kills ? next_point() : -1;
    if (point >= 0) {
      kill_at(point);
    } else if (random_() % 12 == 0) {
      kill_while_opening();
    } else {
      kill_at_random();
    }
  }
}

void Soak::bury(unsigned process) {
  // Read before: afterwards nobody knows how long it took to come to this line.
  const int code = workers_[process].wait();
  if (code != -SIGKILL) complain("a worker ended by itself: " + std::to_string(code));
  for (Caller& caller : page_->process[process].caller) {
    Stopwatch::note_unfinished(*page_, caller);
    findings_.pins_of_the_dead += caller.pins;
  }
}

void Soak::kill_at_random() {
  const unsigned others = static_cast<unsigned>(settings_.processes) - 1;
  const unsigned victim = random_() % others;
  const std::uint64_t moment = page_->process[victim].caller[0].steps + random_() % 400;
  if (!comes([&] { return page_->process[victim].caller[0].steps >= moment; })) return give_up(victim);
  std::vector<unsigned> dead = {victim};
  if (random_() % 16 == 0) dead.push_back((victim + 1) % others);
  for (const unsigned process : dead) ::kill(workers_[process].pid(), SIGKILL);
  for (const unsigned process : dead) bury(process);
  findings_.random_kills += dead.size();
  after(dead);
}

void Soak::kill_while_opening() {
  const unsigned victim = random_() % (static_cast<unsigned>(settings_.processes) - 1);
  for (const bool opening : {false, true}) {
    if (opening) {
      start(victim);
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % 3000));
    }
    ::kill(workers_[victim].pid(), SIGKILL);
    bury(victim);
    ++findings_.random_kills;
    if (opening && page_->process[victim].caller[0].steps == 0) ++findings_.while_opening;
  }
  after({victim});
}

// The one where fewest have died so far.
int Soak::next_point() {
  int least = -1;
  const auto first = static_cast<int>(random_() % kPausePointCount);
  for (int i = 0; i < kPausePointCount; ++i) {
    const int point = (first + i) % kPausePointCount;
    const auto at = static_cast<std::size_t>(point);
    if (kPausePoints[point].passed != Passed::at_work || misses_of_point_[at] == kMostMisses) continue;
    if (least < 0 || findings_.point_kills[at] < findings_.point_kills[static_cast<std::size_t>(least)]) least = point;
  }
  return least;
}

void Soak::kill_at(int point) {
  const auto at = static_cast<std::size_t>(point);
  const bool on_growth = kPausePoints[point].passed == Passed::on_growth;
  const unsigned victim = random_() % (static_cast<unsigned>(settings_.processes) - 1);
  Process& slot = page_->process[victim];
  slot.passages = static_cast<int>(1 + random_() % (on_growth ? 2 : 12));
  slot.lingers = random_() % 2 == 0;
  slot.dies_at = point;
  slot.grows = on_growth;
  const auto gone = [&] { return workers_[victim].ended(); };
  // Who has begun its last passage dies, however late.
  if (!await(gone, kComesBy) && slot.passages.exchange(0) <= 0) await(gone, kStuck);
  slot.dies_at = -1;
  slot.grows = false;
  if (!gone()) {
    ++findings_.not_come_by;
    ++misses_of_point_[at];
    return;
  }
  bury(victim);
  misses_of_point_[at] = 0;
  findings_.point_kills[at] = page_->died_at[at];
  after({victim});
}

// Nobody is left, and nobody has closed anything: whoever opens next is alone with the remains.
void Soak::kill_all_at_once() {
  store_.reset();
  for (const Child& worker : workers_) ::kill(worker.pid(), SIGKILL);
  for (unsigned p = 0; p < settings_.processes; ++p) bury(p);
  findings_.random_kills += settings_.processes;
  findings_.all_at_once += settings_.processes;
  ++findings_.restarts;
  open();
  audit("after everybody was killed");
}

void Soak::after(const std::vector<unsigned>& dead) {
  findings_.least_alive = std::min<std::uint64_t>(findings_.least_alive, settings_.processes - dead.size());
  const auto is_dead = [&](unsigned p) { return std::find(dead.begin(), dead.end(), p) != dead.end(); };
  const std::int64_t killed_at = now_us();
  std::array<std::array<std::uint64_t, kThreads>, kMostProcesses> before{};
  for (unsigned p = 0; p < settings_.processes; ++p) {
    for (unsigned t = 0; t < kThreads; ++t) before[p][t] = page_->process[p].caller[t].steps;
  }
  for (unsigned p = 0; p < settings_.processes; ++p) {
    for (unsigned t = 0; t < kThreads; ++t) {
      const Caller& caller = page_->process[p].caller[t];
      if (!is_dead(p) && !comes([&] { return caller.steps > before[p][t]; })) return give_up(p);
    }
  }
  const std::int64_t pause_us = now_us() - killed_at;
  if (pause_us > findings_.longest_pause_us && (pause_us < kSecondUs || !was_suspended(*page_, killed_at))) {
    findings_.longest_pause_us = pause_us;
  }

  Client client(*store_->store, *page_, me_);
  for (const unsigned p : dead) {
    for (const Caller& caller : page_->process[p].caller) {
      if (caller.loads == Caller::kNothing) continue;
      ++findings_.loads_of_the_dead;
      const std::string key = key_of(*set_, caller.loads);
      if (!client.can_load(key) && !was_suspended(*page_, killed_at))
        complain("nobody can load '" + key + "', whose loader was killed");
    }
  }
  for (const unsigned p : dead) start(p);
}

void Soak::give_up(unsigned process) {
  for (const Caller& caller : page_->process[process].caller) {
    if (caller.since_us == 0) continue;
    complain("process " + std::to_string(process) + " has been in " + kCallNames[caller.call] + " for " +
             std::to_string(now_us() - caller.since_us) + " us");
  }
  complain("process " + std::to_string(process) + " does not go on");
  stop = true;
}

// --- measurements ------------------------------------------------------------------------------------------------

void Soak::rest() {
  page_->mode = Mode::rest;
  for (unsigned p = 0; p < settings_.processes; ++p) {
    for (const Caller& caller : page_->process[p].caller) {
      if (!comes([&] { return caller.rests.load(); })) return give_up(p);
    }
  }
}

HitRatio Soak::look_back(const char* when) {
  rest();
  const HitRatio found = stop ? HitRatio{} : survey();
  audit(when);
  page_->mode = Mode::work;
  return found;
}

HitRatio Soak::survey() {
  Client client(*store_->store, *page_, me_);
  const auto ratio = [&](auto&& hit) {
    std::uint64_t hits = 0;
    for (const std::uint32_t n : set_->draws()) hits += hit(n) ? 1U : 0U;
    return static_cast<double>(hits) / static_cast<double>(set_->draws().size());
  };
  HitRatio found;
  found.right_after = ratio([&](std::uint32_t n) { return client.get(set_->key(n)); });
  std::vector<unsigned> all(set_->keys());
  std::iota(all.begin(), all.end(), 0U);
  std::shuffle(all.begin(), all.end(), std::mt19937(settings_.seed));
  for (const unsigned n : all) client.read_through(*set_, n);
  found.one_refill_after = ratio([&](std::uint32_t n) { return client.read_through(*set_, n); });
  return found;
}

// With all processes at rest: every block in exactly one state, no pin left, every rule of a segment kept.
void Soak::audit(const char* when) {
  segment::Segment& segment = *store_->segment;
  // Locks that the dead held are mended by who takes them next.
  for (std::uint32_t s = 0; s < segment.geometry.shards; ++s) {
    const segment::Segment::ShardLock lock(segment, static_cast<std::uint16_t>(s));
  }
  const std::string wrong = witness::audit(segment, &findings_.blocks);
  if (!wrong.empty()) complain(std::string(when) + ": " + wrong);
  const witness::Blocks& b = findings_.blocks;
  if (b.free + b.queued + b.in_hand + b.index != segment.geometry.blocks || b.condemned != 0) {
    complain(std::string(when) + ": blocks are not accounted for, or still pinned by the dead");
  }
  const Stats stats = (*store_)->stats();
  if (stats.bytes_used + stats.bytes_index > stats.bytes_capacity) complain(std::string(when) + ": more than it holds");
  if (stats.processes > settings_.processes + 1) complain(std::string(when) + ": the dead count as attached");
}

void Soak::collect() {
  for (std::size_t c = 0; c < findings_.calls.size(); ++c) {
    const CallTally& tally = page_->tally[c];
    findings_.calls[c] = {tally.count, tally.over_a_second, tally.longest_us};
  }
  findings_.late_us = page_->late_us;
  findings_.was_suspended = page_->continued_us != 0;
  findings_.hits = page_->hits;
  findings_.misses = page_->misses;
  findings_.torn = page_->torn;
  findings_.outdated = page_->outdated;
  findings_.no_room = page_->no_room;
  findings_.refused = page_->refused;
  findings_.taken_over = page_->taken_over;
  const Stats stats = (*store_)->stats();
  findings_.process_died = stats[Reason::process_died];
  findings_.lock_recovered = stats[Reason::lock_recovered];
  findings_.lost_in_crash = stats[Reason::lost_in_crash];
}

void Soak::complain(const std::string& what) {
  // A hundred say no more than ten.
  if (findings_.complaints.size() < 10) findings_.complaints.push_back(what);
}

void Soak::progress(const char* what) const {
  if (!settings_.progress) return;
  std::fprintf(stderr, "%6.0f s  %5llu of %llu kills; %s\n", static_cast<double>(now_us() - began_us_) / 1e6,
               static_cast<unsigned long long>(findings_.kills()), static_cast<unsigned long long>(settings_.kills),
               what);
}

bool Soak::done() const {
  return stop ||
         (settings_.seconds != 0 && now_us() - began_us_ >= static_cast<std::int64_t>(settings_.seconds) * kSecondUs);
}

}  // namespace freshet::soak
