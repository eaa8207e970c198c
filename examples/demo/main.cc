// The demo: `freshet_demo --help`.
//
// One process supervises: it imports the packages, starts the workers, plays the visitors, and plays the scenarios.
// The workers are this same program, started with --worker.
#include "arguments.h"
#include "demo_segment.h"
#include "import.h"
#include "report.h"
#include "scenarios.h"
#include "workers.h"

#include <freshet/freshet.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace demo {
namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // as a signal handler needs it

void on_signal(int) { stop = true; }

// The first signal ends the demo in order; a second one ends it at once.
void listen_for_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

// The folder of the database, this user's alone, and used by one demo at a time.
class DataFolder {
 public:
  explicit DataFolder(const std::filesystem::path& path) : path_(path) {
    std::filesystem::create_directories(path.parent_path());
    ::mkdir(path.c_str(), 0700);
    struct stat found = {};
    if (::stat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
      throw std::runtime_error(path.string() + " is not a folder. Give another with --data.");
    }
    if (found.st_uid != ::getuid() || (found.st_mode & 022) != 0) {
      throw std::runtime_error(path.string() + " belongs to or can be written by others. Give another with --data.");
    }
    lock_ = ::open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      throw std::runtime_error("another demo uses " + path.string() + ". End it, or give another folder with --data.");
    }
  }
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;
  ~DataFolder() { ::close(lock_); }
  std::filesystem::path database() const { return path_ / "packages.db"; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

// Says a scenario's name, plays it, says what was seen.
template <class Play>
void show(Report& report, const char* title, const Play& play) {
  if (stop) return;
  fmt::print(stderr, "{}\n", title);
  report.findings.push_back(play());
  fmt::print(stderr, "{}", finding_text(report.findings.back()));
}

void play_scenarios(Report& report, const Stage& stage, const Workers& workers, const freshet::Cache& cache) {
  show(report, "3. A hot page expires under load", [&] { return expiry_under_load(stage, cache); });
  show(report, "4. Ratings are written", [&] { return writes_show_at_once(stage); });
  show(report, "5. A worker is killed with -9", [&] { return killed_worker(stage, workers); });
  show(report, "   ... and one that loads what others wait for", [&] { return killed_loader(stage, workers, cache); });
  show(report, "6. The database is locked", [&] { return locked_database(stage, cache); });
}

void stay_up(int port, const freshet::Cache& cache) {
  fmt::print(stderr, "\nOpen http://127.0.0.1:{}/   figures: /stats, /metrics   cache: {}\nCtrl-C ends it.\n", port,
             cache.stats().url);
  while (!stop) ::usleep(100'000);
}

int run(const Arguments& arguments) {
  const DataFolder folder(arguments.data);
  import_packages(PackageSource::find(arguments.packages), folder.database());
  listen_for_signals();

  const Traffic traffic(folder.database().string());
  const ListeningSockets sockets(arguments.workers, arguments.port);
  Scoreboard scoreboard;
  const Stage stage{
      sockets.port(), folder.database().string(), arguments.clients, arguments.quick, traffic, scoreboard, stop};
  WorkerSettings settings;
  settings.database = stage.database;

  Report report;
  report.packages = traffic.names().size();
  report.workers = arguments.workers;
  report.clients = arguments.clients;
  const auto measure = [&](const char* name, const std::vector<std::uint64_t>& requests = {}) {
    report.rows.push_back(measure_load(stage, name, stage.span(6000, 1000), requests));
    fmt::print(stderr, "{}", row_line(report.rows.back()));
  };

  fmt::print(stderr, "1. {} clients, {} workers, no cache\n", arguments.clients, arguments.workers);
  {
    settings.cache_url = "null:";
    const Workers workers(arguments.workers, settings, sockets, scoreboard);
    measure("without cache");
  }

  const DemoSegment segment(arguments.size);
  settings.cache_url = segment.url();
  const freshet::Cache cache = freshet::open(segment.url());
  const Workers workers(arguments.workers, settings, sockets, scoreboard);
  fmt::print(stderr, "2. The same requests with a cold cache, then more of them with a warm one\n");
  measure("cold cache, the same requests", report.rows.front().result.requests_of);
  report.findings.push_back(judge_loads(report.rows[0], report.rows[1], cache.stats()));
  measure("warm cache");
  fmt::print(stderr, "{}", finding_text(report.findings.back()));
  play_scenarios(report, stage, workers, cache);
  if (stop) return 130;

  fmt::print(arguments.json ? stderr : stdout, "{}", table(report));
  if (arguments.json) fmt::print("{}", json(report));
  std::fflush(stdout);
  if (!arguments.once) stay_up(stage.port, cache);
  return report.passed() ? 0 : 1;
}

// --worker INDEX SOCKET SCOREBOARD-FILE SUPERVISOR DATABASE CACHE-URL, from workers.cc.
int be_worker(char** words) {
  WorkerSettings settings;
  settings.index = static_cast<std::size_t>(std::atoi(words[2]));
  settings.listening_socket = std::atoi(words[3]);
  settings.scoreboard_file = std::atoi(words[4]);
  settings.supervisor = std::atoi(words[5]);
  settings.database = words[6];
  settings.cache_url = words[7];
  return run_worker(settings);
}

}  // namespace
}  // namespace demo

int main(int count, char** words) {
  try {
    if (count == 8 && std::string_view(words[1]) == "--worker") return demo::be_worker(words);
    const demo::Arguments arguments = demo::parse_arguments(count, words);
    if (arguments.help) {
      fmt::print("{}", demo::kHelp);
      return 0;
    }
    return demo::run(arguments);
  } catch (const demo::UsageError& error) {
    fmt::print(stderr, "freshet_demo: {}\nSee freshet_demo --help.\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "freshet_demo: {}\n", error.what());
    return 1;
  }
}
