// The cost of a hit, copied to the caller, against the limit (a bare hash table and a memcpy) and against what a user
// would pick instead, all in one run, interleaved. One thread, two threads, two processes; drawn from Zipf's law, and
// all from one hot key. Run: ./dev bench hit
//
// Every contender is asked for the same keys in the same order; those behind a socket for the first part of it. A slice
// of the sequence is read untimed before each measurement, since the contender before has emptied the processor's
// caches.
#include "load/keys.h"
#include "load/zipf.h"
#include "measure/crew.h"
#include "measure/spread.h"
#include "peers/contenders.h"
#include "report/command_line.h"
#include "report/outcome.h"
#include "report/text_table.h"

#include <cstdio>
#include <exception>
#include <map>

namespace {

using namespace bench;

struct Settings {
  std::uint64_t entries = 1'000'000;
  std::uint64_t lookups = 1'000'000;
  std::uint64_t rounds = 5;
  std::vector<std::uint64_t> value_bytes = {100, 1024};
  std::vector<std::string> only;
  bool json = false;
};

enum class Job : std::uint32_t { prepare, zipf, hot };
enum class Way : std::uint32_t { one_thread, two_threads, two_processes };
constexpr const char* kWayNames[] = {"one thread", "two threads", "two processes"};
constexpr std::uint64_t kRemoteShare = 25;  // a call through a socket costs some hundred times a hit in memory
constexpr std::uint64_t kSample = 2000;

// All figures of one size of values.
class HitRun {
 public:
  HitRun(const Settings& settings, std::size_t value_bytes, const Lookups& zipf, Outcome& outcome)
      : settings_(settings),
        value_bytes_(value_bytes),
        zipf_(zipf),
        hot_(std::vector<std::uint32_t>(256, zipf.number(0))),
        outcome_(outcome),
        contenders_({settings.entries, value_bytes, settings.only}) {}

  void run() {
    contenders_.fill([](const std::string& text) { Outcome::progress(text); });
    const auto work = [this](const Order& order, int worker, StartLine& start) {
      return carry_out(order, worker, start);
    };
    // Processes first: a process with threads must not be forked.
    Crew processes(Crew::Kind::processes, 2, work);
    Crew one(Crew::Kind::threads, 1, work);
    Crew two(Crew::Kind::threads, 2, work);
    Crew* crews[] = {&one, &two, &processes};

    for (const Way way : {Way::one_thread, Way::two_threads, Way::two_processes}) {
      Outcome::progress(std::string("every value read once, byte by byte: ") + kWayNames[static_cast<int>(way)]);
      for (std::uint32_t c = 0; c < contenders_.size(); ++c) {
        if (takes_part(c, way)) note(way, Job::prepare, c, crews[static_cast<int>(way)]->carry_out({c, 0}));
      }
    }
    for (std::uint64_t round = 0; round < settings_.rounds; ++round) {
      Outcome::progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings_.rounds));
      for (const Job job : {Job::zipf, Job::hot}) {
        for (const Way way : {Way::one_thread, Way::two_threads, Way::two_processes}) {
          for (std::uint32_t i = 0; i < contenders_.size(); ++i) {
            // Each round begins with another one.
            const auto c = static_cast<std::uint32_t>((i + round) % contenders_.size());
            if (!takes_part(c, way)) continue;
            const auto reports = crews[static_cast<int>(way)]->carry_out({c, static_cast<std::uint32_t>(job)});
            note(way, job, c, reports);
            ns_[{job, way, c}].push_back(ns_per_call(reports));
            processor_ns_[{job, way, c}].push_back(processor_ns_per_call(reports));
          }
        }
      }
    }
    tell();
  }

 private:
  struct Place {
    Job job;
    Way way;
    std::uint32_t contender;
    auto operator<=>(const Place&) const = default;
  };

  bool takes_part(std::uint32_t c, Way way) const {
    const Peer::Traits traits = contenders_[c].traits();
    return way != Way::two_processes || traits.shared_by_processes || traits.readable_after_fork;
  }

  // On the worker.
  Report carry_out(const Order& order, int worker, StartLine& start) {
    thread_local std::vector<std::unique_ptr<Client>> clients;
    clients.resize(contenders_.size());
    std::unique_ptr<Client>& client = clients[order.contender];
    const bool remote = contenders_[order.contender].traits().remote;
    if (static_cast<Job>(order.job) == Job::prepare) {
      client = contenders_[order.contender].connect();
      start.wait();
      return read_all(*client, remote);
    }
    const Lookups& lookups = static_cast<Job>(order.job) == Job::hot ? hot_ : zipf_;
    const std::size_t count = zipf_.size() / (remote ? kRemoteShare : 1);
    const std::size_t from = static_cast<std::size_t>(worker) * (zipf_.size() / 2);
    const std::size_t warm_up = count / 10;
    Report report;
    client->carry_out({&lookups, {from + lookups.size() - warm_up % lookups.size(), warm_up}, 0, value_bytes_}, report);
    start.wait();
    measure(report, [&] { client->carry_out({&lookups, {from, count}, 0, value_bytes_}, report); });
    return report;
  }

  // Also faults in the pages of the mapping, which every process does once for itself.
  Report read_all(Client& client, bool remote) const {
    Report report;
    report.calls = remote ? std::min<std::uint64_t>(kSample, settings_.entries) : settings_.entries;
    report.found = client.count_held(0, report.calls, value_bytes_, report.wrong);
    return report;
  }

  void note(Way way, Job job, std::uint32_t c, const std::vector<Report>& reports) {
    const Report all = sum(reports);
    calls_[c] += all.calls;
    found_[c] += all.found;
    preemptions_ += all.preemptions;
    if (all.wrong > 0 || all.found != all.calls) {
      outcome_.check(std::to_string(value_bytes_) + " B, " + contenders_[c].name() + ", " +
                         kWayNames[static_cast<int>(way)] + (job == Job::prepare ? ", before" : "") + ": of " +
                         grouped(all.calls) + " gets " + grouped(all.found) + " hit, " + grouped(all.wrong) + " wrong",
                     false);
    }
  }

  void tell() {
    for (const Job job : {Job::zipf, Job::hot}) {
      TextTable table({std::to_string(value_bytes_) + " B, " + (job == Job::zipf ? "zipf 0.99" : "one hot key"), "way",
                       "ns per get", "least", "most", "of limit", "cpu ns", "cpu of limit", "of keys in place",
                       "x one thread", "hits"});
      for (std::uint32_t c = 0; c < contenders_.size(); ++c) {
        for (const Way way : {Way::one_thread, Way::two_threads, Way::two_processes}) {
          if (takes_part(c, way)) tell(job, way, c, table);
        }
      }
      if (!outcome_.as_json()) {
        std::printf("\n");
        table.print();
      }
    }
    outcome_.check(std::to_string(value_bytes_) + " B: every get was a hit, and every value read back was right",
                   calls_ == found_);
    if (!outcome_.as_json()) std::printf("preemptions while measuring: %lld\n", static_cast<long long>(preemptions_));
  }

  void tell(Job job, Way way, std::uint32_t c, TextTable& table) {
    const Peer& peer = contenders_[c];
    const std::vector<double>& ns = ns_[{job, way, c}];
    const Spread spread = Spread::of(ns);
    const std::vector<double>& processor_ns = processor_ns_[{job, way, c}];
    const std::uint32_t limit = contenders_.limit();
    const std::uint32_t in_place = *contenders_.limit_in_place();
    const double of_limit = Spread::of(ratios(ns_[{job, way, limit}], ns)).median;
    const double cpu_of_limit = Spread::of(ratios(processor_ns_[{job, way, limit}], processor_ns)).median;
    const double cpu_of_in_place = Spread::of(ratios(processor_ns_[{job, way, in_place}], processor_ns)).median;
    const double scaling = Spread::of(ratios(ns_[{job, Way::one_thread, c}], ns)).median;
    const double hits = static_cast<double>(found_[c]) / static_cast<double>(calls_[c]);
    const char* pattern = job == Job::zipf ? "zipf" : "one hot key";
    const char* way_name = kWayNames[static_cast<int>(way)];
    table.add({peer.name(), way_name, fixed(spread.median, 1), fixed(spread.least, 1), fixed(spread.most, 1),
               fixed(of_limit, 3), fixed(Spread::of(processor_ns).median, 1), fixed(cpu_of_limit, 3),
               fixed(cpu_of_in_place, 3), way == Way::one_thread ? "" : fixed(scaling, 2), fixed(hits, 4)});
    outcome_.add("hit", {{"value_bytes", value_bytes_},
                         {"contender", peer.name()},
                         {"way", way_name},
                         {"keys", pattern},
                         {"ns_per_get", json_of(spread, ns)},
                         {"processor_ns_per_get", json_of(Spread::of(processor_ns), processor_ns)},
                         {"of_limit", of_limit},
                         {"processor_of_limit", cpu_of_limit},
                         {"processor_of_limit_keys_in_place", cpu_of_in_place},
                         {"times_one_thread", scaling},
                         {"hit_ratio", hits}});
    if (!peer.traits().is_freshet) return;
    const std::string what = std::to_string(value_bytes_) + " B, " + peer.name() + ", " + way_name + ", " + pattern;
    if (way == Way::one_thread && job == Job::zipf) outcome_.bar(what + ", of the limit", of_limit, 0.5);
    if (way != Way::one_thread) outcome_.bar(what + ", times one thread", scaling, 1.8);
  }

  const Settings& settings_;
  std::size_t value_bytes_;
  const Lookups& zipf_;
  Lookups hot_;
  Outcome& outcome_;
  Contenders contenders_;
  std::map<Place, std::vector<double>> ns_;
  std::map<Place, std::vector<double>> processor_ns_;
  std::map<std::uint32_t, std::uint64_t> calls_;
  std::map<std::uint32_t, std::uint64_t> found_;
  std::int64_t preemptions_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CommandLine line("hit", "The cost of a hit beside a bare hash table, LMDB, a locked LRU, memcached and Redis.");
  line.number("--entries", settings.entries, "keys stored");
  line.number("--lookups", settings.lookups, "gets per round and thread; a 25th of it behind a socket");
  line.number("--rounds", settings.rounds, "rounds, of which the median is taken");
  line.sizes("--values", settings.value_bytes, "sizes of values (100,1024)");
  line.words("--only", settings.only, "only contenders whose names contain one of these, and the limit");
  line.flag("--json", settings.json, "one JSON object instead of text");
  line.parse(argc, argv);
  try {
    Outcome outcome("hit", settings.json);
    outcome.settings() = {{"entries", settings.entries}, {"lookups", settings.lookups}, {"rounds", settings.rounds}};
    const Lookups zipf(draw_zipf(settings.entries, 0.99, settings.lookups, 1));
    for (const std::uint64_t bytes : settings.value_bytes) HitRun(settings, bytes, zipf, outcome).run();
    return outcome.finish();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_hit: %s\n", error.what());
    return 1;
  }
}
