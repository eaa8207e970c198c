#include "report/outcome.h"

#include "report/text_table.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sys/utsname.h>
#include <unistd.h>

namespace bench {
namespace {

std::string first_line(const char* path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

double load_average() {
  double loads[1] = {0};
  return getloadavg(loads, 1) == 1 ? loads[0] : 0;
}

Json machine() {
  utsname kernel{};
  uname(&kernel);
  const std::time_t now = std::time(nullptr);
  char date[16];
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));
  return {{"date", date},
          {"processor", processor()},
          {"processors", sysconf(_SC_NPROCESSORS_ONLN)},
          {"kernel", kernel.release},
          {"compiler", __VERSION__},
          {"huge_pages", first_line("/sys/kernel/mm/transparent_hugepage/enabled")},
          {"clock", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
          {"load_before", load_average()}};
}

}  // namespace

Json json_of(const Spread& spread, const std::vector<double>& rounds) {
  return {{"median", spread.median}, {"least", spread.least}, {"most", spread.most}, {"rounds", rounds}};
}

Json json_of(const Quantiles& q) {
  return {{"median_ns", q.median}, {"p99_ns", q.p99}, {"p999_ns", q.p999}, {"most_ns", q.most}, {"calls", q.calls}};
}

Outcome::Outcome(std::string benchmark, bool as_json) : as_json_(as_json) {
  document_["benchmark"] = benchmark;
  document_["machine"] = machine();
  document_["settings"] = Json::object();
  document_["tables"] = Json::object();
  document_["bars"] = Json::array();
  document_["checks"] = Json::array();
  if (as_json_) return;
  const Json& m = document_["machine"];
  std::printf("%s: %s, %ld processors, Linux %s, g++ %s, %s\n", benchmark.c_str(),
              m["processor"].get<std::string>().c_str(), m["processors"].get<long>(),
              m["kernel"].get<std::string>().c_str(), m["compiler"].get<std::string>().c_str(),
              m["date"].get<std::string>().c_str());
}

void Outcome::bar(const std::string& what, double value, double bar, bool at_most) {
  const bool met = at_most ? value <= bar : value >= bar;
  document_["bars"].push_back({{"what", what}, {"value", value}, {"bar", bar}, {"at_most", at_most}, {"met", met}});
}

void Outcome::check(const std::string& what, bool holds) {
  well_ = well_ && holds;
  document_["checks"].push_back({{"what", what}, {"holds", holds}});
  if (!holds) std::fprintf(stderr, "WRONG: %s\n", what.c_str());
}

void Outcome::progress(const std::string& text) { std::fprintf(stderr, "  %s\n", text.c_str()); }

int Outcome::finish() {
  document_["machine"]["load_after"] = load_average();
  if (as_json_) {
    std::printf("%s\n", document_.dump(1).c_str());
    return well_ ? 0 : 1;
  }
  std::printf("\n");
  for (const Json& b : document_["bars"]) {
    std::printf("%-9s %s: %s (bar: at %s %s)\n", b["met"].get<bool>() ? "met" : "NOT MET",
                b["what"].get<std::string>().c_str(), fixed(b["value"].get<double>(), 3).c_str(),
                b["at_most"].get<bool>() ? "most" : "least", fixed(b["bar"].get<double>(), 2).c_str());
  }
  for (const Json& c : document_["checks"]) {
    std::printf("%-9s %s\n", c["holds"].get<bool>() ? "holds" : "WRONG", c["what"].get<std::string>().c_str());
  }
  const double before = document_["machine"]["load_before"].get<double>();
  std::printf("load of the machine before and after: %.1f, %.1f%s\n", before,
              document_["machine"]["load_after"].get<double>(),
              before > 0.5 ? "  (something else was running: trust ratios more than figures, and neither much)" : "");
  return well_ ? 0 : 1;
}

}  // namespace bench
