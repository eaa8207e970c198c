// `freshet proxy`: the caching reverse proxy, in the foreground until a signal ends it.
#include "exit_code.h"
#include "verbs.h"

#include <freshet/error.h>
#include <freshet/proxy.h>

#include <charconv>
#include <csignal>
#include <fmt/format.h>
#include <string>
#include <sys/resource.h>

namespace freshet::tools {
namespace {

unsigned threads_of(const Arguments& arguments) {
  const std::string_view text = arguments.value("--threads", "0");
  unsigned threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc() || end != text.data() + text.size() || threads > 1024) {
    throw UsageError("--threads takes a number from 0 (one for each processor) to 1024");
  }
  return threads;
}

// Each client takes a descriptor, and the usual limit of 1024 is a relic of select().
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

ExitCode run_proxy(const Arguments& arguments) {
  const bool checks = arguments.has("--check");
  if (checks && arguments.has("--config"))
    throw UsageError("--check FILE looks at a file and serves nothing; leave --config out");
  ProxyOptions options;
  if (checks || arguments.has("--config")) {
    options = read_proxy_options(std::string(arguments.value(checks ? "--check" : "--config")));
  }
  options.origin = arguments.value("--origin", options.origin);
  if (options.origin.empty())
    throw UsageError(
        "--origin is missing: where requests go that the cache cannot answer, such as http://127.0.0.1:5000");
  options.listen = arguments.value("--listen", options.listen);
  options.store = arguments.value("--store", options.store);
  options.profile = arguments.value("--profile", options.profile);
  if (arguments.has("--threads")) options.threads = threads_of(arguments);
  options.admin = arguments.value("--admin", options.admin);
  options.access_log = arguments.value("--access-log", options.access_log);
  if (arguments.has("--admin-token-file"))
    options.admin_token = read_admin_token(std::string(arguments.value("--admin-token-file")));

  if (checks) {
    // What can only be seen by listening and opening is left to the start: a check disturbs nobody.
    print(fmt::format("{}: in order\n", arguments.value("--check")));
    return ExitCode::ok;
  }
  // A log whose reader has gone is no reason to end.
  std::signal(SIGPIPE, SIG_IGN);
  allow_many_files();
  // Blocked before any thread is there, so that the signals wait for sigwait().
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  // Each client is a descriptor, and often one more of the origin's: as many as the system lets us have.
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
  }

  Proxy proxy(options);
  proxy.start();
  print(fmt::format("freshet: {} answers for {}, from {}\n", proxy.url(), options.origin, options.store));
  flush();
  int signal = 0;
  sigwait(&signals, &signal);
  proxy.stop();
  return ExitCode::ok;
}

constexpr Flag kFlags[] = {
    {"--config", "FILE", "settings from a TOML file; what stands on the command line goes before them", "none"},
    {"--check", "FILE", "only tell the mistakes of such a file, with their lines"},
    {"--origin", "URL", "where requests go that the cache cannot answer: http://HOST:PORT"},
    {"--listen", "ADDRESS", "where clients connect", "127.0.0.1:8080"},
    {"--store", "URL", "where responses are kept: memory:, shared: or file:, as for a Cache", "memory:?size=256MiB"},
    {"--profile", "NAME", "safe, or rfc: all that RFC 9111 allows", "safe"},
    {"--threads", "N", "how many threads serve", "one for each processor"},
    {"--admin", "ADDRESS", "where it is purged and measured: unix:/path, or a loopback HOST:PORT with a token",
     "nowhere"},
    {"--admin-token-file", "FILE", "whose first line is the token of the admin address"},
    {"--access-log", "FILE", "a line of JSON for each request; - is standard output", "none"}};
constexpr std::string_view kExamples[] = {
    "freshet proxy --origin http://127.0.0.1:5000",
    "freshet proxy --origin http://127.0.0.1:5000 --listen 0.0.0.0:80 --store shared:site?size=4GiB"};

}  // namespace

const Verb kProxyVerb = {
    "proxy",
    "a caching reverse proxy in front of a web application",
    "{--origin URL | --config FILE | --check FILE} [--listen ADDRESS] [--store URL] [--profile NAME] [--threads N]\n"
    "       [--admin ADDRESS] [--admin-token-file FILE] [--access-log FILE]",
    "Answers from the store what RFC 9111 lets it answer, and asks the origin for the rest, once for "
    "however many clients. Runs until SIGINT or SIGTERM. What it did with a request stands in the "
    "response's Cache-Status.",
    {},
    kFlags,
    kExamples,
    run_proxy};

}  // namespace freshet::tools
