// The scenarios in which a worker is killed.
#include "scenarios.h"
#include "sqlite.h"

#include <csignal>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <set>

namespace demo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

// Requests that were not answered: on connections to the killed worker, and elsewhere.
class Failures {
 public:
  void see(const HttpResponse& response, pid_t asked_of) {
    if (response.status == 200 || response.status == 404) return;
    (asked_of == killed.load() && !response ? own : others).fetch_add(1);
  }
  std::atomic<pid_t> killed{-1};
  std::atomic<std::uint64_t> own{0};
  std::atomic<std::uint64_t> others{0};
};

}  // namespace

Finding killed_worker(const Stage& stage, const Workers& workers) {
  std::vector<Visitor> visitors;
  for (std::size_t i = 0; i < stage.clients; ++i) visitors.emplace_back(stage.traffic, 5000 + i);
  Failures failures;
  std::mutex mutex;
  std::set<std::size_t> connected;  // clients that had a connection to the victim when it died
  const pid_t victim = workers.pid(0);
  LoadPlan plan;
  plan.clients = stage.clients;
  plan.next = [&](std::size_t client) { return visitors[client].next(); };
  plan.seen = [&](std::size_t client, const HttpResponse& response, pid_t asked_of) {
    if (asked_of == victim) {
      const std::lock_guard lock(mutex);
      connected.insert(client);
    }
    failures.see(response, asked_of);
  };
  const std::uint64_t before = stage.scoreboard.requests();
  BackgroundLoad load(stage, plan);
  wait_for([&] { return stage.scoreboard.requests() > before + 10 * stage.clients; }, 10s);
  failures.killed = victim;
  const auto killed_at = Clock::now();
  ::kill(victim, SIGKILL);
  const bool replaced = wait_for([&] { return workers.pid(0) != 0 && workers.pid(0) != victim; }, 10s);
  const double back_after = Milliseconds(Clock::now() - killed_at).count();
  const std::uint64_t then = stage.scoreboard.requests();
  wait_for([&] { return stage.scoreboard.requests() > then + 10 * stage.clients; }, 10s);
  const LoadResult result = load.finish();

  Finding finding;
  finding.id = "killed_worker";
  finding.title = "Worker killed with -9";
  finding.expected = "only requests on the killed worker's own connections fail; the others notice nothing";
  finding.seen = fmt::format(
      "{} requests; {} failed on its {} connections, {} elsewhere; its successor served after "
      "{:.0f} ms",
      result.requests, failures.own.load(), connected.size(), failures.others.load(), back_after);
  finding.passed = replaced && failures.others == 0 && failures.own <= connected.size();
  finding.figures = {{"requests", result.requests},
                     {"failed_on_its_connections", failures.own.load()},
                     {"its_connections", connected.size()},
                     {"failed_elsewhere", failures.others.load()},
                     {"replaced_after_ms", back_after}};
  return finding;
}

// The database is locked for a moment, so that the load is certainly under way when its worker is killed.
Finding killed_loader(const Stage& stage, const Workers& workers, const freshet::Cache& cache) {
  wait_for([&] { return workers.all_up(); }, 10s);
  const std::string key = "ranking";
  cache.erase(key);
  const std::uint64_t before = stage.scoreboard.loads_of(key).count;
  Failures failures;
  LoadPlan plan;
  plan.clients = 32;
  plan.requests.assign(plan.clients, 1);
  plan.next = [](std::size_t) { return "/ranking"; };
  plan.seen = [&](std::size_t, const HttpResponse& response, pid_t asked_of) { failures.see(response, asked_of); };

  Connection holder(stage.database, Connection::Mode::read_write, 5s);
  auto lock = std::make_unique<Transaction>(holder, "BEGIN EXCLUSIVE");
  BackgroundLoad load(stage, plan);
  const bool loading = wait_for([&] { return stage.scoreboard.loads_of(key).count > before; }, 5s);
  const pid_t victim = stage.scoreboard.loads_of(key).last_by;
  failures.killed = victim;
  const auto killed_at = Clock::now();
  if (loading) ::kill(victim, SIGKILL);
  lock.reset();
  const bool taken_over = wait_for([&] { return stage.scoreboard.loads_of(key).count > before + 1; }, 5s);
  const KeyLoads after = stage.scoreboard.loads_of(key);
  const double takeover_ms = Milliseconds(after.last_at - killed_at).count();
  const LoadResult result = load.join();
  const std::uint64_t loads = stage.scoreboard.loads_of(key).count - before;
  const std::uint64_t answered = result.requests - failures.own - failures.others;
  // The next scenario locks the database, and must find all workers at work.
  wait_for(
      [&] {
        for (std::size_t i = 0; i < workers.count(); ++i) {
          if (workers.pid(i) == 0 || workers.pid(i) == victim) return false;
        }
        return true;
      },
      10s);

  Finding finding;
  finding.id = "killed_loader";
  finding.title = "Loader killed with -9";
  finding.expected =
      "a waiter in another worker takes the load over within a second: two loads in all, no error elsewhere";
  finding.seen = fmt::format(
      "taken over after {:.0f} ms; {} loads in all; {} clients got the page, {} were connected to "
      "the killed worker, {} failed otherwise",
      takeover_ms, loads, answered, failures.own.load(), failures.others.load());
  finding.passed = loading && taken_over && takeover_ms <= 1000 && loads == 2 && failures.others == 0 && answered > 0;
  finding.figures = {{"takeover_ms", takeover_ms},
                     {"loads", loads},
                     {"answered", answered},
                     {"failed_on_its_connections", failures.own.load()},
                     {"failed_elsewhere", failures.others.load()}};
  return finding;
}

}  // namespace demo
