#include "arguments.h"

#include "scoreboard.h"

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace demo {

const char* const kHelp = R"(Usage: freshet_demo [options]

A web application over this machine's Debian package lists, served by several processes that share one cache.
It is loaded first without and then with the cache, then disturbed: a page expires under load, ratings are written,
a worker is killed, the database is locked. Every figure is measured; a broken expectation makes the exit code 1.
Afterwards it stays up for you to look at, until Ctrl-C.

  --once           end after the table
  --json           the figures as JSON on stdout (progress goes to stderr); implies --once
  --quick          shorter runs, for tests
  --workers N      worker processes, 2 to 64 (default 4)
  --clients N      concurrent clients, 8 to 256 (default 64)
  --port N         port on 127.0.0.1 (default: any free one)
  --size SIZE      size of the shared segment (default 64MiB)
  --packages FILE  a Debian Packages file (default: apt's lists, else dpkg's status file)
  --data DIR       folder for the database (default: $XDG_CACHE_HOME/freshet-demo, else ~/.cache/freshet-demo)
  --help           this text

Exit codes: 0 all as expected, 1 an expectation failed or something is missing, 2 wrong usage.
)";

namespace {

long number(std::string_view option, std::string_view text, long least, long most) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    throw UsageError(std::string(option) + " takes a number from " + std::to_string(least) + " to " +
                     std::to_string(most) + ", not '" + std::string(text) + "'");
  }
  return value;
}

}  // namespace

Arguments parse_arguments(int count, const char* const* words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    std::string_view option = words[i];
    std::string_view attached;
    const bool has_attached = option.starts_with("--") && option.find('=') != std::string_view::npos;
    if (has_attached) {
      attached = option.substr(option.find('=') + 1);
      option = option.substr(0, option.find('='));
    }
    const auto value = [&]() -> std::string_view {
      if (has_attached) return attached;
      if (i + 1 >= count) throw UsageError(std::string(option) + " needs a value");
      return words[++i];
    };
    const auto flag = [&](bool& which) {
      if (has_attached) throw UsageError(std::string(option) + " takes no value");
      which = true;
    };
    if (option == "--once") {
      flag(arguments.once);
    } else if (option == "--json") {
      flag(arguments.json);
    } else if (option == "--quick") {
      flag(arguments.quick);
    } else if (option == "--help" || option == "-h") {
      flag(arguments.help);
    } else if (option == "--workers") {
      arguments.workers = static_cast<std::size_t>(number(option, value(), 2, Scoreboard::kMaxWorkers));
    } else if (option == "--clients") {
      arguments.clients = static_cast<std::size_t>(number(option, value(), 8, 256));
    } else if (option == "--port") {
      arguments.port = static_cast<int>(number(option, value(), 0, 65535));
    } else if (option == "--size") {
      arguments.size = value();
    } else if (option == "--packages") {
      arguments.packages = std::filesystem::path(value());
    } else if (option == "--data") {
      arguments.data = std::filesystem::path(value());
    } else {
      throw UsageError("there is no option '" + std::string(words[i]) + "'");
    }
  }
  if (arguments.json) arguments.once = true;
  if (arguments.data.empty()) arguments.data = default_data_folder();
  return arguments;
}

std::filesystem::path default_data_folder() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value == '/' ? value : nullptr;
  };
  if (const char* cache = set("XDG_CACHE_HOME")) return std::filesystem::path(cache) / "freshet-demo";
  if (const char* home = set("HOME")) return std::filesystem::path(home) / ".cache" / "freshet-demo";
  return "/tmp/freshet-demo-" + std::to_string(::getuid());
}

}  // namespace demo
