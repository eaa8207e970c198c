#include "proxy/wrk.h"

#include "measure/stopwatch.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace bench {
namespace {

[[noreturn]] void not_found(std::string_view what, std::string_view text) {
  throw std::runtime_error("wrk did not say " + std::string(what) + ":\n" + std::string(text));
}

// The number behind `label`, and what follows it.
double number_after(std::string_view text, std::string_view label, std::string_view* rest = nullptr) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) not_found(label, text);
  std::string_view tail = text.substr(at + label.size());
  while (tail.starts_with(' ')) tail.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), value);
  if (error != std::errc()) not_found(label, text);
  tail.remove_prefix(static_cast<std::size_t>(end - tail.data()));
  if (rest != nullptr) *rest = tail;
  return value;
}

double microseconds_after(std::string_view text, std::string_view label) {
  std::string_view unit;
  const double value = number_after(text, label, &unit);
  if (unit.starts_with("us")) return value;
  if (unit.starts_with("ms")) return value * 1e3;
  if (unit.starts_with("s")) return value * 1e6;
  if (unit.starts_with("m")) return value * 60e6;
  not_found(std::string(label) + " in a known unit", text);
}

// "12345 requests in 2.00s, 15.30MB read"
std::uint64_t requests_in(std::string_view text) {
  const std::size_t end = text.find(" requests in ");
  if (end == std::string_view::npos) not_found("how many requests", text);
  std::size_t start = end;
  while (start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9') --start;
  std::uint64_t requests = 0;
  if (std::from_chars(text.data() + start, text.data() + end, requests).ec != std::errc()) {
    not_found("how many requests", text);
  }
  return requests;
}

// "Socket errors: connect 0, read 1, write 0, timeout 2" and "Non-2xx or 3xx responses: 3"; without errors, neither.
std::uint64_t errors_in(std::string_view text) {
  double errors = 0;
  const std::size_t sockets = text.find("Socket errors:");
  if (sockets != std::string_view::npos) {
    const std::string_view line = text.substr(sockets, text.find('\n', sockets) - sockets);
    for (const std::string_view kind : {"connect", "read", "write", "timeout"}) errors += number_after(line, kind);
  }
  constexpr std::string_view kStatus = "Non-2xx or 3xx responses:";
  if (text.find(kStatus) != std::string_view::npos) errors += number_after(text, kStatus);
  return static_cast<std::uint64_t>(errors);
}

[[noreturn]] void become_wrk(std::vector<std::string>& words, int processor, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  dup2(out, 1);
  dup2(out, 2);
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(processor), &only);
  if (sched_setaffinity(0, sizeof only, &only) == 0) execvp(argv[0], argv.data());
  dprintf(2, "%s: %s\n", argv[0], std::strerror(errno));
  _exit(127);
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

WrkReport parse_wrk(std::string_view text) {
  WrkReport report;
  report.requests = requests_in(text);
  report.requests_per_second = number_after(text, "Requests/sec:");
  const std::size_t distribution = text.find("Latency Distribution");
  if (distribution == std::string_view::npos) not_found("the distribution of latencies", text);
  report.median_us = microseconds_after(text.substr(distribution), "50%");
  report.p99_us = microseconds_after(text.substr(distribution), "99%");
  report.errors = errors_in(text);
  return report;
}

WrkReport run_wrk(const Load& load) {
  std::vector<std::string> words = {"wrk", "-t1", "-c" + std::to_string(load.connections),
                                    "-d" + std::to_string(load.seconds) + "s", "--latency"};
  if (!load.script.empty()) words.insert(words.end(), {"-s", load.script});
  words.push_back("http://127.0.0.1:" + std::to_string(load.port) + load.path);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot open a pipe");
  const std::int64_t before = monotonic_ns();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid == 0) become_wrk(words, load.processor, ends[1]);
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  rusage used{};
  wait4(pid, &status, 0, &used);
  const double took = static_cast<double>(monotonic_ns() - before) / 1e9;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("wrk failed: " + text);
  WrkReport report = parse_wrk(text);
  report.busy = (seconds_of(used.ru_utime) + seconds_of(used.ru_stime)) / took;
  return report;
}

std::string unique_paths_script(const std::string& prefix) {
  // Written out by hand: wrk.format() builds its table of fields anew for each request.
  return "local count = 0\n"
         "local tail = \" HTTP/1.1\\r\\nHost: \" .. wrk.host .. \":\" .. wrk.port .. \"\\r\\n\\r\\n\"\n"
         "function request()\n"
         "  count = count + 1\n"
         "  return \"GET " +
         prefix +
         "\" .. count .. tail\n"
         "end\n";
}

}  // namespace bench
