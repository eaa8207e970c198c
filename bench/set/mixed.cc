#include "set/mixed.h"

#include "load/keys.h"
#include "load/zipf.h"
#include "measure/crew.h"
#include "peers/contenders.h"
#include "report/text_table.h"

#include <cstdio>
#include <map>

namespace bench {
namespace {

constexpr std::uint64_t kRemoteShare = 25;
constexpr std::uint32_t kWrites[] = {5, 50};

struct Place {
  std::uint32_t writes_percent;
  int threads;
  std::uint32_t contender;
  auto operator<=>(const Place&) const = default;
};

class MixedRun {
 public:
  MixedRun(const MixedSettings& settings, Outcome& outcome)
      : settings_(settings),
        outcome_(outcome),
        lookups_(draw_zipf(settings.entries, 0.99, settings.calls, 2)),
        contenders_({settings.entries, settings.value_bytes, settings.only, true}) {}

  void run() {
    contenders_.fill([](const std::string& text) { Outcome::progress(text); });
    const auto work = [this](const Order& o, int worker, StartLine& start) { return carry_out(o, worker, start); };
    Crew one(Crew::Kind::threads, 1, work);
    Crew two(Crew::Kind::threads, 2, work);
    for (std::uint64_t round = 0; round < settings_.rounds; ++round) {
      Outcome::progress("round " + std::to_string(round + 1) + " of " + std::to_string(settings_.rounds));
      for (const std::uint32_t writes : kWrites) {
        for (Crew* crew : {&one, &two}) {
          for (std::uint32_t i = 0; i < contenders_.size(); ++i) {
            const auto c = static_cast<std::uint32_t>((i + round) % contenders_.size());
            if (crew->size() > 1 && !contenders_[c].traits().writable_by_threads) continue;
            const auto reports = crew->carry_out({c, writes});
            const Report all = sum(reports);
            missed_ += all.calls - all.found;
            failed_ += all.wrong;
            ns_[{writes, crew->size(), c}].push_back(ns_per_call(reports));
            processor_ns_[{writes, crew->size(), c}].push_back(processor_ns_per_call(reports));
          }
        }
      }
    }
    tell();
  }

 private:
  // On the worker; the order's job is the share of writes.
  Report carry_out(const Order& order, int worker, StartLine& start) {
    thread_local std::vector<std::unique_ptr<Client>> clients;
    clients.resize(contenders_.size());
    std::unique_ptr<Client>& client = clients[order.contender];
    if (client == nullptr) client = contenders_[order.contender].connect();
    const std::size_t count = settings_.calls / (contenders_[order.contender].traits().remote ? kRemoteShare : 1);
    const std::size_t from = static_cast<std::size_t>(worker) * (lookups_.size() / 2);
    const auto mix = [&](std::size_t first, std::size_t calls) {
      return Mix{&lookups_, {first, calls}, order.job, settings_.value_bytes};
    };
    Report warm_up;
    client->carry_out(mix(from + lookups_.size() - count / 10, count / 10), warm_up);
    Report report;
    start.wait();
    measure(report, [&] { client->carry_out(mix(from, count), report); });
    return report;
  }

  void tell() {
    for (const std::uint32_t writes : kWrites) {
      const std::string title = std::to_string(100 - writes) + " gets, " + std::to_string(writes) + " sets";
      TextTable table({title, "threads", "ns per call", "least", "most", "cpu ns", "thousand calls/s", "x one thread"});
      for (std::uint32_t c = 0; c < contenders_.size(); ++c) {
        for (const int threads : {1, 2}) {
          const std::vector<double>& ns = ns_[{writes, threads, c}];
          if (ns.empty()) continue;
          const Spread spread = Spread::of(ns);
          const std::vector<double>& cpu = processor_ns_[{writes, threads, c}];
          const double scaling = Spread::of(ratios(ns_[{writes, 1, c}], ns)).median;
          table.add({contenders_[c].name(), std::to_string(threads), fixed(spread.median, 1), fixed(spread.least, 1),
                     fixed(spread.most, 1), fixed(Spread::of(cpu).median, 1), fixed(1e6 / spread.median, 0),
                     threads == 1 ? "" : fixed(scaling, 2)});
          outcome_.add("mixed", {{"writes_percent", writes},
                                 {"contender", contenders_[c].name()},
                                 {"threads", threads},
                                 {"ns_per_call", json_of(spread, ns)},
                                 {"processor_ns_per_call", json_of(Spread::of(cpu), cpu)},
                                 {"times_one_thread", scaling}});
        }
      }
      if (outcome_.as_json()) continue;
      std::printf("\n");
      table.print();
    }
    outcome_.check("mixed loads: every get was a hit, and no set failed", missed_ == 0 && failed_ == 0);
  }

  const MixedSettings& settings_;
  Outcome& outcome_;
  Lookups lookups_;
  Contenders contenders_;
  std::map<Place, std::vector<double>> ns_;
  std::map<Place, std::vector<double>> processor_ns_;
  std::uint64_t missed_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace

void run_mixed(const MixedSettings& settings, Outcome& outcome) { MixedRun(settings, outcome).run(); }

}  // namespace bench
