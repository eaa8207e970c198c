// `./dev soak`: processes that work on one segment are killed by the thousand, and the promises of a cache looked
// after.
//
// Usage: kUsage, below. Exit codes: 0 all promises held; 1 one was broken, or the soak cannot be had here; 2 wrong
// usage.
#include "tests/crash/soak/soak.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

namespace freshet::soak {
namespace {

constexpr const char* kUsage =
    "usage: ./dev soak [--kills N] [--seconds S] [--processes P] [--batches B] [--size SIZE] [--file PATH]\n"
    "                  [--seed N] [--json]\n"
    "  --kills N      processes to kill with -9: half of them at random moments, half at the pause points (5000)\n"
    "  --seconds S    kill no more after so long, however many are left\n"
    "  --processes P  that work at the same time, two threads each, from 4 to 32; one of them lives longest (6)\n"
    "  --batches B    the hit ratio is measured, and every block looked at, so often (10)\n"
    "  --size SIZE    of the segment (64MiB)\n"
    "  --file PATH    keep the segment in this file, which must not exist; without it: in shared memory\n"
    "  --seed N       another choice of victims and moments; what happens also hangs on the machine (1)\n"
    "  --json         the summary as JSON\n";

struct Arguments {
  Settings settings;
  std::string size = "64MiB";
  std::string file;
  bool json = false;
};

[[noreturn]] void wrong_usage(const std::string& what) {
  std::fprintf(stderr, "soak: %s\n%s", what.c_str(), kUsage);
  std::exit(2);
}

std::uint64_t number(const std::string& option, const std::string& text, std::uint64_t least, std::uint64_t most) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || text.front() == '-' || value < least || value > most) {
    wrong_usage(option + ": " + text + " is no number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

Arguments parse(int count, char** words) {
  Arguments arguments;
  Settings& settings = arguments.settings;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&] {
      if (i + 1 == count) wrong_usage(word + " needs a value");
      return std::string(words[++i]);
    };
    if (word == "--help" || word == "-h") {
      std::fputs(kUsage, stdout);
      std::exit(0);
    } else if (word == "--json") {
      arguments.json = true;
    } else if (word == "--kills") {
      settings.kills = number(word, value(), 1, 10'000'000);
    } else if (word == "--seconds") {
      settings.seconds = number(word, value(), 1, 10'000'000);
    } else if (word == "--processes") {
      settings.processes = number(word, value(), 4, kMostProcesses);
    } else if (word == "--batches") {
      settings.batches = number(word, value(), 1, 10'000);
    } else if (word == "--seed") {
      settings.seed = static_cast<unsigned>(number(word, value(), 0, UINT32_MAX));
    } else if (word == "--size") {
      arguments.size = value();
    } else if (word == "--file") {
      arguments.file = value();
    } else {
      wrong_usage("there is no option " + word);
    }
  }
  return arguments;
}

int run(Arguments arguments) {
  Settings& settings = arguments.settings;
  settings.url = (arguments.file.empty() ? "shared:soak-" + std::to_string(getpid()) : "file:" + arguments.file) +
                 "?size=" + arguments.size;
  settings.progress = true;
  try {
    const segment::Placement placement = segment::parse_placement(settings.url);
    if (placement.size_bytes < kLeastSegmentBytes) wrong_usage("--size: at least 16MiB are needed");
    // It is removed at the beginning and at the end.
    if (access(placement.path.c_str(), F_OK) == 0) wrong_usage(placement.path + " exists");
  } catch (const std::exception& error) {
    wrong_usage(error.what());
  }
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, [](int) { Soak::stop = true; });
  const Findings findings = Soak(settings).run();
  std::fputs(arguments.json ? as_json(findings).c_str() : as_text(findings).c_str(), stdout);
  return findings.broken().empty() ? 0 : 1;
}

}  // namespace
}  // namespace freshet::soak

int main(int count, char** words) {
  try {
    return freshet::soak::run(freshet::soak::parse(count, words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "soak: %s\n", error.what());
    return 1;
  }
}
