// `freshet proxy` beside nginx's proxy_cache, Varnish and a bare epoll loop that only answers: hits and misses, one
// processor for the server, wrk on another, all in one run, interleaved. Run: ./dev bench proxy
//
// Before anything is timed, every cache shows that it answers with the right bytes and without asking the origin.
// During the bursts the origin's count of requests must stand still (hits) or keep up with wrk's (misses).
//
// wrk can be the slower side: then every fast server gives the same requests per second. So its own share of its
// processor is shown, and the processor time that the server spends on a request.
#include "measure/process_time.h"
#include "measure/spread.h"
#include "peers/temporary_place.h"
#include "proxy/answers.h"
#include "proxy/contenders.h"
#include "proxy/http_get.h"
#include "proxy/wrk.h"
#include "report/command_line.h"
#include "report/outcome.h"
#include "report/text_table.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sched.h>
#include <stdexcept>

namespace {

using namespace bench;
using Role = ProxyContender::Role;

constexpr int kMissing = 3;              // as in ./dev: something is missing here
constexpr double kLoadIsTheLimit = 0.9;  // of wrk's processor
constexpr std::uint64_t kMissBytes = 1024;

struct Settings {
  std::uint64_t rounds = 5;
  std::uint64_t seconds = 2;
  std::uint64_t connections = 64;
  std::vector<std::uint64_t> bytes = {1 << 10, 10 << 10, 100 << 10};
  std::vector<std::string> executable = {FRESHET_EXECUTABLE};
  bool json = false;
};

// The figures of one contender in one table, of each round.
struct Figures {
  std::vector<double> requests_per_second;
  std::vector<double> median_us;
  std::vector<double> p99_us;
  std::vector<double> processor_us;  // of the server, for a request
  std::vector<double> load_busy;
};

struct Processors {
  int server;
  int load;
};

std::optional<Processors> two_processors() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return std::nullopt;
  std::vector<int> found;
  for (int i = 0; i < CPU_SETSIZE && found.size() < 2; ++i) {
    if (CPU_ISSET(static_cast<std::size_t>(i), &allowed)) found.push_back(i);
  }
  if (found.size() < 2) return std::nullopt;
  return Processors{found[0], found[1]};
}

class ProxyRun {
 public:
  ProxyRun(const Settings& settings, Processors processors, bool with_freshet, Outcome& outcome)
      : settings_(settings),
        processors_(processors),
        outcome_(outcome),
        executable_place_(allows_execution(place_.folder()) ? "/dev/shm"
                                                            : std::filesystem::temp_directory_path().string()),
        origin_(start_bare_loop(place_.folder(), processors.load)) {
    const Stage stage{place_.folder(), executable_place_.folder(), origin_.port, processors.server};
    contenders_.push_back(start_bare_loop(place_.folder(), processors.server));
    contenders_.push_back(start_nginx(stage, true));
    contenders_.push_back(start_nginx(stage, false));
    contenders_.push_back(start_varnish(stage));
    if (with_freshet) contenders_.push_back(start_freshet(stage, settings.executable.front()));
  }

  void hits(std::uint64_t bytes) {
    const std::string what = size_of(bytes) + ", hits";
    const std::string path = path_of(true, bytes, "page");
    for (const ProxyContender& c : contenders_) show_hits(c, bytes, path);
    std::vector<Figures> figures(contenders_.size());
    bool only_hits = true;
    rounds(what, figures, [&](std::size_t i, std::uint64_t) {
      const std::uint64_t before = asked_of_origin();
      burst(contenders_[i], {.path = path, .script = {}}, figures[i]);
      only_hits = only_hits && asked_of_origin() == before;
    });
    outcome_.check(what + ": all answered with the right bytes, and the origin was asked nothing", only_hits);
    tell(what, "hit", bytes, figures);
    if (!has_freshet()) return;
    const double least = bytes <= (10 << 10) ? 1.5 : 1.2;
    for (std::size_t i = 0; i + 1 < contenders_.size(); ++i) {
      if (contenders_[i].role == Role::limit) {
        if (bytes == 1 << 10) faster(what, figures, i, 0.8);
        continue;
      }
      faster(what, figures, i, least);
      outcome_.bar(what + ", p99, of " + contenders_[i].name + "'s",
                   Spread::of(ratios(figures.back().p99_us, figures[i].p99_us)).median, 1.0, true);
    }
  }

  void misses() {
    const std::string what = size_of(kMissBytes) + ", misses";
    for (const ProxyContender& c : contenders_) {
      if (c.role != Role::limit) show_misses(c);
    }
    std::vector<Figures> figures(contenders_.size());
    bool all_asked = true;
    rounds(what, figures, [&](std::size_t i, std::uint64_t round) {
      if (contenders_[i].role == Role::limit) return;
      const std::string name = std::to_string(i) + "-" + std::to_string(round) + "-";
      const std::string script = place_.folder() + "/unique.lua";
      std::ofstream(script) << unique_paths_script(path_of(false, kMissBytes, name));
      const std::uint64_t before = asked_of_origin();
      const std::uint64_t requests = burst(contenders_[i], {.path = "/", .script = script}, figures[i]);
      all_asked = all_asked && asked_of_origin() - before >= requests;
    });
    outcome_.check(what + ": all answered with the right bytes, and the origin was asked every time", all_asked);
    tell(what, "miss", kMissBytes, figures);
    for (std::size_t i = 0; has_freshet() && i < contenders_.size(); ++i) {
      if (contenders_[i].name.starts_with("nginx")) faster(what, figures, i, 1.0);
    }
  }

 private:
  static std::string size_of(std::uint64_t bytes) {
    return bytes % 1024 == 0 ? std::to_string(bytes / 1024) + " KiB" : std::to_string(bytes) + " B";
  }

  bool has_freshet() const { return contenders_.back().role == Role::freshet; }

  std::uint64_t asked_of_origin() const {
    const std::string body = http_get(origin_.port, "/requests").body;
    std::uint64_t count = 0;
    std::from_chars(body.data(), body.data() + body.size(), count);
    return count;
  }

  // Ten answers on one connection, each with the right bytes; how often the origin was asked meanwhile is `asked`.
  bool answers_right(const ProxyContender& c, std::uint64_t bytes, const std::string& path,
                     std::uint64_t& asked) const {
    const std::uint64_t before = asked_of_origin();
    const std::string body = body_of(bytes);
    const std::vector<Received> answers = http_get(c.port, std::vector(10, path));
    asked = asked_of_origin() - before;
    return std::all_of(answers.begin(), answers.end(),
                       [&](const Received& answer) { return answer.status == 200 && answer.body == body; });
  }

  void show_hits(const ProxyContender& c, std::uint64_t bytes, const std::string& path) const {
    // The first answer may be under way to the client before it is stored.
    http_get(c.port, path);
    http_get(c.port, path);
    std::uint64_t asked = 0;
    if (!answers_right(c, bytes, path, asked)) throw std::runtime_error(c.name + " answers hits with wrong bytes");
    if (asked > 0) throw std::runtime_error(c.name + " asked the origin for what it should have stored");
  }

  void show_misses(const ProxyContender& c) const {
    std::uint64_t asked = 0;
    if (!answers_right(c, kMissBytes, path_of(false, kMissBytes, "page"), asked)) {
      throw std::runtime_error(c.name + " answers misses with wrong bytes");
    }
    if (asked != 10) throw std::runtime_error(c.name + " answered from its store what says no-store");
  }

  template <class Burst>
  void rounds(const std::string& what, const std::vector<Figures>& figures, Burst&& each) {
    for (std::uint64_t round = 0; round < settings_.rounds; ++round) {
      Outcome::progress(what + ": round " + std::to_string(round + 1) + " of " + std::to_string(settings_.rounds));
      // Each round begins with another one.
      for (std::size_t i = 0; i < figures.size(); ++i) each((i + round) % figures.size(), round);
    }
  }

  std::uint64_t burst(const ProxyContender& c, Load load, Figures& figures) {
    load.port = c.port;
    load.connections = settings_.connections;
    load.seconds = settings_.seconds;
    load.processor = processors_.load;
    const double before = processor_seconds_of_tree(c.server->pid());
    const WrkReport report = run_wrk(load);
    const double spent = processor_seconds_of_tree(c.server->pid()) - before;
    if (report.errors > 0 || report.requests == 0) {
      outcome_.check(
          c.name + ": of " + grouped(report.requests) + " answers " + grouped(report.errors) + " were errors", false);
    }
    figures.requests_per_second.push_back(report.requests_per_second);
    figures.median_us.push_back(report.median_us);
    figures.p99_us.push_back(report.p99_us);
    figures.processor_us.push_back(spent * 1e6 / static_cast<double>(std::max<std::uint64_t>(1, report.requests)));
    figures.load_busy.push_back(report.busy);
    return report.requests;
  }

  // Twice: in requests per second, and in what a request costs the server. Where wrk has no processor left, only the
  // second tells the two apart.
  void faster(const std::string& what, const std::vector<Figures>& figures, std::size_t than, double least) {
    const Figures& ours = figures.back();
    const std::string times = what + ", times " + contenders_[than].name;
    outcome_.bar(times, Spread::of(ratios(ours.requests_per_second, figures[than].requests_per_second)).median, least);
    outcome_.bar(times + ", by processor time",
                 Spread::of(ratios(figures[than].processor_us, ours.processor_us)).median, least);
  }

  void tell(const std::string& what, const char* kind, std::uint64_t bytes, const std::vector<Figures>& figures) {
    TextTable table({what, "requests/s", "least", "most", "of limit", "median us", "p99 us", "server cpu us",
                     "limit's cpu of it", "freshet is times", "wrk busy"});
    std::string bound_by_load;
    for (std::size_t i = 0; i < contenders_.size(); ++i) {
      const Figures& f = figures[i];
      if (f.requests_per_second.empty()) continue;
      const Figures& limit = figures.front();
      const auto ratio = [](const std::vector<double>& a, const std::vector<double>& b) {
        return Spread::of(ratios(a, b)).median;
      };
      const bool beside_limit = !limit.requests_per_second.empty();
      const double of_limit = ratio(f.requests_per_second, limit.requests_per_second);
      const double processor_of_limit = ratio(limit.processor_us, f.processor_us);
      const double times = has_freshet() ? ratio(figures.back().requests_per_second, f.requests_per_second) : 0;
      const Spread requests = Spread::of(f.requests_per_second);
      const double busy = Spread::of(f.load_busy).median;
      table.add({contenders_[i].name, grouped(static_cast<std::uint64_t>(requests.median)),
                 grouped(static_cast<std::uint64_t>(requests.least)),
                 grouped(static_cast<std::uint64_t>(requests.most)), beside_limit ? fixed(of_limit, 3) : "",
                 fixed(Spread::of(f.median_us).median, 0), fixed(Spread::of(f.p99_us).median, 0),
                 fixed(Spread::of(f.processor_us).median, 2), beside_limit ? fixed(processor_of_limit, 3) : "",
                 has_freshet() ? fixed(times, 3) : "missing", fixed(busy, 2)});
      Json row = {{"contender", contenders_[i].name},
                  {"bytes", bytes},
                  {"requests_per_second", json_of(requests, f.requests_per_second)},
                  {"median_us", json_of(Spread::of(f.median_us), f.median_us)},
                  {"p99_us", json_of(Spread::of(f.p99_us), f.p99_us)},
                  {"server_processor_us", json_of(Spread::of(f.processor_us), f.processor_us)},
                  {"load_busy", json_of(Spread::of(f.load_busy), f.load_busy)}};
      if (beside_limit) row["of_limit"] = of_limit;
      if (beside_limit) row["limits_processor_of_it"] = processor_of_limit;
      if (has_freshet()) row["freshet_is_times"] = times;
      outcome_.add(kind, std::move(row));
      if (busy > kLoadIsTheLimit) bound_by_load += (bound_by_load.empty() ? "" : ", ") + contenders_[i].name;
    }
    if (outcome_.as_json()) return;
    std::printf("\n");
    table.print();
    if (!bound_by_load.empty()) {
      std::printf("wrk had no processor left beside: %s. They may be faster than these requests/s; compare cpu.\n",
                  bound_by_load.c_str());
    }
  }

  const Settings& settings_;
  Processors processors_;
  Outcome& outcome_;
  TemporaryPlace place_;
  TemporaryPlace executable_place_;
  ProxyContender origin_;
  std::vector<ProxyContender> contenders_;  // the limit first, freshet last
};

int missing(const std::string& what, const std::string& mend) {
  std::fflush(stdout);
  std::fprintf(stderr, "bench_proxy: %s\n             %s\n", what.c_str(), mend.c_str());
  return kMissing;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CommandLine line("proxy", "Hits and misses of freshet proxy beside nginx, Varnish and a bare epoll loop.");
  line.number("--rounds", settings.rounds, "rounds, of which the median is taken");
  line.number("--seconds", settings.seconds, "of each burst of wrk");
  line.number("--connections", settings.connections, "of wrk");
  line.sizes("--sizes", settings.bytes, "sizes of the pages (1KiB,10KiB,100KiB)");
  line.words("--freshet", settings.executable, "the executable (the one of this build)");
  line.flag("--json", settings.json, "one JSON object instead of text");
  line.parse(argc, argv);
  const std::optional<Processors> processors = two_processors();
  if (!processors) return missing("it needs two processors, one for the server and one for wrk.", "Allow it two.");
  const std::string programs = missing_programs();
  if (!programs.empty()) return missing("not found: " + programs + ".", "./dev bench proxy installs them on Debian.");
  try {
    const bool with_freshet = has_proxy(settings.executable.front());
    Outcome outcome("proxy", settings.json);
    outcome.settings() = {{"rounds", settings.rounds},           {"seconds", settings.seconds},
                          {"connections", settings.connections}, {"server_processor", processors->server},
                          {"load_processor", processors->load},  {"freshet", with_freshet}};
    {
      ProxyRun run(settings, *processors, with_freshet, outcome);
      for (const std::uint64_t bytes : settings.bytes) run.hits(bytes);
      run.misses();
    }
    const int code = outcome.finish();
    if (with_freshet || code != 0) return code;
    return missing(
        settings.executable.front() + " has no verb \"proxy\": only the others were measured, and no bar was.",
        "Build one that has it, or name another with --freshet.");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_proxy: %s\n", error.what());
    return 1;
  }
}
