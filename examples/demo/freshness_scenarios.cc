// The scenarios of fresh and stale: expiry under load, writes under load, a database that is locked.
#include "scenarios.h"
#include "sqlite.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <memory>

namespace demo {
namespace {

using namespace std::chrono_literals;

LoadPlan always(std::size_t clients, const std::string& path) {
  LoadPlan plan;
  plan.clients = clients;
  plan.next = [path](std::size_t) { return path; };
  return plan;
}

struct Expiries {
  int rounds = 0;
  std::uint64_t queries = 0;
  std::uint64_t most = 0;
  LoadResult load;
};

Expiries expire_repeatedly(const Stage& stage, const freshet::Cache& cache, const std::string& key,
                           const std::string& path, int rounds) {
  const auto loads = [&] { return stage.scoreboard.loads_of(key).count; };
  HttpClient(stage.port).get(path);
  Expiries expiries;
  BackgroundLoad load(stage, always(stage.clients, path));
  for (; expiries.rounds < rounds && !stage.stop; ++expiries.rounds) {
    const std::uint64_t requests = stage.scoreboard.requests();
    // Everybody asks for it, ...
    wait_for([&] { return stage.scoreboard.requests() > requests + 2 * stage.clients; }, 5s);
    const std::uint64_t before = loads();
    cache.expire(key);
    // ... somebody notices, and the others get many chances to load it too.
    wait_for([&] { return loads() > before; }, 5s);
    const std::uint64_t noticed = stage.scoreboard.requests();
    wait_for([&] { return stage.scoreboard.requests() > noticed + 10 * stage.clients; }, 5s);
    const std::uint64_t queries = loads() - before;
    expiries.queries += queries;
    expiries.most = std::max(expiries.most, queries);
  }
  expiries.load = load.finish();
  return expiries;
}

// The number behind "ratings": in the package's JSON; -1 when there is none.
std::int64_t ratings_in(const std::string& body) {
  constexpr std::string_view kField = "\"ratings\": ";
  const auto at = body.find(kField);
  std::int64_t value = -1;
  if (at != std::string::npos) std::from_chars(body.data() + at + kField.size(), body.data() + body.size(), value);
  return value;
}

// What a page of ours says went wrong.
std::string first_paragraph(const std::string& page) {
  const auto at = page.find("<p>");
  return at == std::string::npos ? std::string() : page.substr(at + 3, page.find('<', at + 3) - at - 3);
}

// Takes back the ratings that the scenario adds: the visitors' own stay.
class RatingsKeeper {
 public:
  explicit RatingsKeeper(const std::string& database)
      : connection_(database, Connection::Mode::read_write, 5s), last_(newest()) {}
  RatingsKeeper(const RatingsKeeper&) = delete;
  RatingsKeeper& operator=(const RatingsKeeper&) = delete;
  ~RatingsKeeper() {
    try {
      Statement(connection_, "DELETE FROM ratings WHERE id > ?1").bind(last_).run();
    } catch (const DatabaseError& error) {
      fmt::print(stderr, "the demo's own ratings stay: {}\n", error.what());
    }
  }

 private:
  std::int64_t newest() {
    Statement newest(connection_, "SELECT coalesce(max(id), 0) FROM ratings");
    return newest.step() ? newest.integer(0) : 0;
  }
  Connection connection_;
  std::int64_t last_;
};

}  // namespace

Finding expiry_under_load(const Stage& stage, const freshet::Cache& cache) {
  const int rounds = stage.quick ? 3 : 10;
  const std::string word = stage.traffic.words().front();
  const std::string name = stage.traffic.names().front();
  const Expiries refreshed = expire_repeatedly(stage, cache, "search:" + word, search_path(word), rounds);
  const Expiries awaited = expire_repeatedly(stage, cache, "feedback:" + name, package_path(name), rounds);

  const auto once = [&](const Expiries& e) {
    return e.rounds == rounds && e.most == 1 && e.queries == static_cast<std::uint64_t>(rounds) &&
           e.load.unanswered == 0 && e.load.server_errors == 0;
  };
  Finding finding;
  finding.id = "expiry_under_load";
  finding.title = "Expiry under load";
  finding.expected =
      fmt::format("each time that a hot key expires under {} clients, one query refreshes it", stage.clients);
  finding.seen = fmt::format(
      "a search, stale while it is refreshed: {} expiries, {} queries, p99 {:.1f} ms; a rating, which is waited for: "
      "{} "
      "expiries, {} queries, p99 {:.1f} ms",
      refreshed.rounds, refreshed.queries, refreshed.load.p99_ms, awaited.rounds, awaited.queries, awaited.load.p99_ms);
  finding.passed = once(refreshed) && once(awaited);
  finding.figures = {{"expiries", refreshed.rounds + awaited.rounds},
                     {"queries", refreshed.queries + awaited.queries},
                     {"most_queries_for_one_expiry", std::max(refreshed.most, awaited.most)},
                     {"served_stale_meanwhile", answers_with(refreshed.load, "stale_revalidating")},
                     {"waited_for_it", answers_with(awaited.load, "hit_coalesced")}};
  return finding;
}

Finding writes_show_at_once(const Stage& stage) {
  const int most_writes = stage.quick ? 30 : 300;
  constexpr int kFewestWrites = 5;  // a slow disk may allow no more
  const std::string path = package_path(stage.traffic.names().front());
  const std::string api = "/api" + path;
  const RatingsKeeper keeper(stage.database);
  HttpClient writer(stage.port);
  const std::int64_t start = ratings_in(writer.get(api).body);

  std::atomic<std::int64_t> answered{start};  // ratings whose POST has been answered
  std::vector<std::int64_t> floor(stage.clients);
  std::atomic<std::uint64_t> reads{0};
  std::atomic<std::uint64_t> stale{0};
  LoadPlan plan;
  plan.clients = stage.clients;
  plan.next = [&](std::size_t client) {
    floor[client] = answered.load();
    return std::string(api);
  };
  plan.seen = [&](std::size_t client, const HttpResponse& response, pid_t) {
    if (response.status != 200) return;
    reads.fetch_add(1);
    if (ratings_in(response.body) < floor[client]) stale.fetch_add(1);
  };
  BackgroundLoad load(stage, plan);
  int writes = 0;
  int failed = 0;
  std::string failure;
  const auto until = std::chrono::steady_clock::now() + stage.span(12000, 4000);
  while (writes < most_writes && !stage.stop) {
    if (writes >= kFewestWrites && std::chrono::steady_clock::now() > until) break;
    ++writes;
    const HttpResponse response = writer.post(path + "/rate", fmt::format("stars={}", 1 + writes % 5));
    if (response.status == 303) {
      answered.fetch_add(1);
    } else {
      ++failed;
      failure = fmt::format("{} {}", response.status, first_paragraph(response.body));
    }
    const std::uint64_t seen = reads.load();
    wait_for([&] { return reads.load() > seen + stage.clients; }, 5s);
  }
  const LoadResult result = load.finish();

  Finding finding;
  finding.id = "writes_show_at_once";
  finding.title = "Writes";
  finding.expected = "once a rating's POST is answered, no worker shows the page without it";
  finding.seen = fmt::format(
      "{} ratings written, {} failed; {} reads meanwhile, {} of them stale; the page was made for {} "
      "of the reads",
      writes, failed, reads.load(), stale.load(),
      answers_with(result, "miss_invalidated") + answers_with(result, "miss_absent"));
  if (failed > 0) finding.seen += fmt::format("; the last failure: {}", failure);
  finding.passed = stale == 0 && failed == 0 && writes >= kFewestWrites && start >= 0 &&
                   reads > static_cast<std::uint64_t>(writes) && result.unanswered == 0 && result.server_errors == 0;
  finding.figures = {{"writes", writes},
                     {"failed_writes", failed},
                     {"reads", reads.load()},
                     {"stale_reads", stale.load()},
                     {"failed_reads", result.unanswered + result.server_errors}};
  return finding;
}

Finding locked_database(const Stage& stage, const freshet::Cache& cache) {
  const std::size_t pages = std::min<std::size_t>(20, stage.traffic.names().size() - 1);
  HttpClient http(stage.port);
  for (std::size_t i = 0; i < pages; ++i) http.get(package_path(stage.traffic.names()[i]));
  const std::string uncached = package_path(stage.traffic.names().back());
  cache.erase("package:" + stage.traffic.names().back());

  LoadResult result;
  int uncached_status = 0;
  {
    Connection holder(stage.database, Connection::Mode::read_write, 5s);
    const Transaction lock(holder, "BEGIN EXCLUSIVE");
    for (std::size_t i = 0; i < pages; ++i) {
      cache.expire("package:" + stage.traffic.names()[i]);
      cache.expire("feedback:" + stage.traffic.names()[i]);
    }
    LoadPlan plan;
    plan.clients = 16;
    plan.duration = stage.span(3000, 1000);
    std::vector<std::size_t> turn(plan.clients);
    plan.next = [&](std::size_t client) {
      return package_path(stage.traffic.names()[(client + turn[client]++) % pages]);
    };
    result = run_load(stage.port, plan, stage.stop);
    uncached_status = HttpClient(stage.port).get(uncached).status;
  }
  // It answers again: pages become fresh by themselves.
  const bool fresh_again = wait_for(
      [&] {
        return HttpClient(stage.port).get(package_path(stage.traffic.names().front())).cache ==
               "package;hit, feedback;hit";
      },
      5s);
  const std::uint64_t on_error = answers_with(result, "stale_on_error");
  const std::uint64_t revalidating = answers_with(result, "stale_revalidating");

  Finding finding;
  finding.id = "locked_database";
  finding.title = "Locked database";
  finding.expected = "pages that were cached are served stale, without an error, and are fresh again afterwards";
  finding.seen = fmt::format(
      "{} pages served, p50 {:.0f} ms, {} errors; reasons: {} stale_on_error, {} "
      "stale_revalidating; a page that was not cached: {}; {} when the lock was gone",
      result.requests, result.p50_ms, result.server_errors + result.unanswered, on_error, revalidating, uncached_status,
      fresh_again ? "fresh again" : "still stale");
  finding.passed =
      result.server_errors == 0 && result.unanswered == 0 && on_error > 0 && uncached_status == 503 && fresh_again;
  finding.figures = {{"requests", result.requests},        {"server_errors", result.server_errors},
                     {"unanswered", result.unanswered},    {"stale_on_error", on_error},
                     {"stale_revalidating", revalidating}, {"status_of_uncached_page", uncached_status},
                     {"fresh_again", fresh_again}};
  return finding;
}

}  // namespace demo
