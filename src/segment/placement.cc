#include "segment/placement.h"

#include "segment/geometry.h"

#include <freshet/error.h>

#include <array>
#include <charconv>
#include <cstdio>

namespace freshet::segment {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 12> kUnits = {{{"KiB", 1ULL << 10},
                                          {"MiB", 1ULL << 20},
                                          {"GiB", 1ULL << 30},
                                          {"TiB", 1ULL << 40},
                                          {"KB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"TB", 1'000'000'000'000},
                                          {"B", 1},
                                          {"K", 1ULL << 10},
                                          {"M", 1ULL << 20},
                                          {"G", 1ULL << 30}}};

constexpr std::string_view kForms = "expected memory:?size=256MiB, shared:NAME?size=1GiB or file:/path?size=10GiB";

[[noreturn]] void fail(std::string_view url, const std::string& problem) {
  throw ConfigError("cache URL \"" + std::string(url) + "\": " + problem);
}

void check_name(std::string_view url, std::string_view name) {
  if (name.empty()) fail(url, "shared: needs a name; write shared:myapp?size=1GiB");
  if (name.size() > 200) fail(url, "the name is longer than 200 characters");
  for (const char c : name) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!fits)
      fail(url, "the name may hold letters, digits, '-', '_' and '.' only; it holds '" + std::string(1, c) + "'");
  }
}

unsigned parse_mode(std::string_view url, std::string_view text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 0777) {
    fail(url, "mode=" + std::string(text) + " is not an octal file mode; write mode=0600 or mode=0660");
  }
  if ((mode & 0600) != 0600) fail(url, "mode=" + std::string(text) + " shuts out the owner; it needs at least 0600");
  if ((mode & 0007) != 0) {
    fail(url,
         "mode=" + std::string(text) + " would open the cache to every user of the machine; use mode=0660&group=NAME");
  }
  return mode;
}

void apply(Placement& placement, std::string_view key, std::string_view value) {
  if (key == "size") {
    try {
      placement.size_bytes = parse_size(value);
    } catch (const ConfigError& error) {
      fail(placement.url, std::string("size: ") + error.what());
    }
    if (placement.size_bytes < kMinSizeBytes || placement.size_bytes > kMaxSizeBytes) {
      fail(placement.url, "size=" + std::string(value) + " is out of range; a segment is 1MiB to 1TiB");
    }
  } else if (key == "mode" && placement.kind != PlacementKind::memory) {
    placement.mode = parse_mode(placement.url, value);
  } else if (key == "group" && placement.kind != PlacementKind::memory) {
    if (value.empty()) fail(placement.url, "group= needs a group's name or number");
    placement.group = value;
  } else if (key == "mode" || key == "group") {
    fail(placement.url, "memory: is private to this process; it takes no " + std::string(key));
  } else {
    fail(placement.url, "unknown parameter \"" + std::string(key) + "\"; known are size, mode and group");
  }
}

}  // namespace

std::uint64_t parse_size(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc() && number >= 0) {
    while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
    double factor = unit.empty() ? 1 : 0;
    for (const Unit& known : kUnits) {
      if (unit == known.name) factor = static_cast<double>(known.bytes);
    }
    const double bytes = number * factor;
    if (factor > 0 && bytes < 9e18) return static_cast<std::uint64_t>(bytes);
  }
  throw ConfigError("\"" + std::string(text) + "\" is not a size; write 256MiB, 1GiB or a number of bytes");
}

std::string format_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (number >= 1024 && unit + 1 < kNames.size()) {
    number /= 1024;
    ++unit;
  }
  char text[32];
  const bool whole = number >= 100 || number == static_cast<double>(static_cast<std::uint64_t>(number));
  std::snprintf(text, sizeof(text), whole ? "%.0f %s" : "%.1f %s", number, kNames[unit].data());
  return text;
}

Placement parse_placement(std::string_view url) {
  Placement placement;
  placement.url = url;
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos) fail(url, "no scheme; " + std::string(kForms));
  const std::string_view scheme = url.substr(0, colon);
  std::string_view rest = url.substr(colon + 1);
  std::string_view query;
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (scheme == "memory") {
    placement.kind = PlacementKind::memory;
    if (!rest.empty()) fail(url, "memory: takes no name; for a named segment write shared:" + std::string(rest));
  } else if (scheme == "shared") {
    placement.kind = PlacementKind::shared;
    check_name(url, rest);
    placement.path = "/dev/shm/freshet." + std::string(rest);
  } else if (scheme == "file") {
    placement.kind = PlacementKind::file;
    if (rest.size() < 2 || rest.front() != '/')
      fail(url, "file: needs an absolute path; write file:/var/cache/app.freshet");
    if (rest.find('\0') != std::string_view::npos) fail(url, "the path holds a NUL byte");
    placement.path = rest;
  } else {
    fail(url, "unknown scheme \"" + std::string(scheme) + "\"; " + std::string(kForms));
  }
  while (!query.empty()) {
    const std::size_t mark = query.find('&');
    const std::string_view pair = query.substr(0, mark);
    query = mark == std::string_view::npos ? std::string_view() : query.substr(mark + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) fail(url, "\"" + std::string(pair) + "\" is not of the form name=value");
    apply(placement, pair.substr(0, equals), pair.substr(equals + 1));
  }
  if (placement.kind == PlacementKind::memory && placement.size_bytes == 0) placement.size_bytes = kDefaultSizeBytes;
  if (!placement.group.empty() && (placement.mode & 0060) == 0) {
    fail(url, "group=" + placement.group + " has no effect with this mode; add mode=0660");
  }
  return placement;
}

}  // namespace freshet::segment
