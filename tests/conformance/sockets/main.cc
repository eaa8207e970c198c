// run_over_sockets: the conformance cases against a proxy, one that runs already or one that this program starts. See
// tests/conformance/README.md.
#include "tests/conformance/sockets/socket_subject.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <regex>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace freshet::conformance {
namespace {

struct Settings {
  std::string profile = "rfc";
  std::string cases = FRESHET_SOURCE_DIR "/tests/conformance/cases";
  std::string only;
  std::string kind;
  std::uint16_t proxy_port = 0;
  std::uint16_t origin_port = 0;
  unsigned patience_ms = 2000;
  bool json = false;
  std::vector<std::string> command;
};

std::string replaced(std::string text, std::string_view what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// A child process that is gone with the object.
class Proxy {
 public:
  explicit Proxy(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    // What it says goes where our complaints go: the result is ours alone.
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    const int error = posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("cannot start '" + command[0] + "': is it on the path?");
  }
  ~Proxy() {
    if (!ended()) ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // A program tells nobody when it begins to listen: it is asked every twentieth of a second, for ten seconds.
  void wait_until_it_listens(std::uint16_t port) {
    for (int i = 0; i < 200; ++i) {
      if (connect_to(port)) return;
      if (ended()) throw std::runtime_error("the proxy ended before it listened on port " + std::to_string(port));
      ::poll(nullptr, 0, 50);
    }
    throw std::runtime_error("the proxy does not listen on port " + std::to_string(port) + " after ten seconds");
  }

 private:
  bool ended() const {
    siginfo_t what{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &what, WEXITED | WNOHANG | WNOWAIT) == 0 && what.si_pid == pid_;
  }
  pid_t pid_ = 0;
};

std::uint16_t free_port() {
  std::uint16_t port = 0;
  (void)listen_on(port);
  return port;
}

struct Tally {
  int passed = 0;
  int run = 0;
};

int run(const Settings& settings) {
  const Profile profile = settings.profile == "rfc" ? Profile::rfc : Profile::safe;
  OriginServer origin(settings.origin_port);
  std::uint16_t port = settings.proxy_port;
  std::optional<Proxy> proxy;
  if (!settings.command.empty()) {
    if (port == 0) port = free_port();
    std::vector<std::string> command;
    for (const std::string& word : settings.command) {
      command.push_back(replaced(
          replaced(replaced(word, "{origin}", std::to_string(origin.port())), "{listen}", std::to_string(port)),
          "{profile}", settings.profile));
    }
    proxy.emplace(command);
    proxy->wait_until_it_listens(port);
  } else if (!connect_to(port)) {
    throw std::runtime_error("nobody listens on port " + std::to_string(port) +
                             ": start the proxy first, with http://127.0.0.1:" + std::to_string(origin.port()) +
                             " for an origin");
  }

  SocketSubject subject(origin, port, std::chrono::milliseconds(settings.patience_ms));
  const std::regex only(settings.only);
  std::map<std::string_view, Tally> tallies;
  nlohmann::ordered_json failures = nlohmann::ordered_json::object();
  for (const auto& file : case_files(settings.cases)) {
    const Case one = read_case(settings.cases, file);
    if (one.place == Place::memory || !one.is_in(profile) || !std::regex_search(one.name, only)) continue;
    if (!settings.kind.empty() && name(one.kind) != settings.kind) continue;
    const std::vector<std::string> complaints = run_case(one, subject);
    Tally& tally = tallies[name(one.kind)];
    ++tally.run;
    if (complaints.empty()) ++tally.passed;
    if (complaints.empty()) continue;
    failures[one.name] = {{"kind", name(one.kind)}, {"section", one.section}, {"complaints", complaints}};
    if (settings.json) continue;
    std::cout << "FAILED " << one.name << " (" << name(one.kind) << ", " << one.section << "): " << one.property
              << "\n";
    for (const std::string& complaint : complaints) std::cout << "       " << complaint << "\n";
  }
  int count = 0;
  nlohmann::ordered_json kinds;
  for (const auto& [kind, tally] : tallies) {
    kinds[std::string(kind)] = {{"passed", tally.passed}, {"run", tally.run}};
    if (!settings.json) std::cout << kind << ": " << tally.passed << " of " << tally.run << " passed\n";
    count += tally.run;
  }
  if (settings.json) {
    std::cout << nlohmann::ordered_json{{"profile", settings.profile}, {"kinds", kinds}, {"failures", failures}}.dump(1)
              << "\n";
  }
  if (count == 0) throw std::runtime_error("no case has run: none fits --only and --kind");
  return failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace freshet::conformance

int main(int argc, char** argv) {
  freshet::conformance::Settings settings;
  CLI::App app("Runs the HTTP cache conformance cases against a proxy whose origin is this program.");
  app.add_option("--profile", settings.profile, "which cases: rfc or safe")->check(CLI::IsMember({"rfc", "safe"}));
  app.add_option("--proxy-port", settings.proxy_port, "the proxy's port on 127.0.0.1");
  app.add_option("--origin-port", settings.origin_port, "our own port, which the proxy asks; 0: any");
  app.add_option("--only", settings.only, "cases whose name matches this regular expression");
  app.add_option("--kind", settings.kind, "required, optimal or safe")
      ->check(CLI::IsMember({"required", "optimal", "safe"}));
  app.add_option("--cases", settings.cases, "the folder of the cases");
  app.add_option("--patience-ms", settings.patience_ms, "how long an answer may take");
  app.add_flag("--json", settings.json, "the result as JSON");
  app.add_option("command", settings.command,
                 "the proxy's command line; {origin}, {listen} and {profile} are filled in");
  CLI11_PARSE(app, argc, argv);
  if (settings.command.empty() && (settings.proxy_port == 0 || settings.origin_port == 0)) {
    std::cerr << "run_over_sockets: say which proxy: --proxy-port and --origin-port, or its command behind --\n";
    return 2;
  }
  try {
    return freshet::conformance::run(settings);
  } catch (const std::exception& error) {
    std::cerr << "run_over_sockets: " << error.what() << "\n";
    return 3;
  }
}
