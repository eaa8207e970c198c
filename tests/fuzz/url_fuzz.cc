// Reads text that a configuration gives: a store's URL, a size, a span of time.
//
// What is taken can be said again and is taken the same; it never opens a segment to strangers nor names a file outside
// of its folder. What is refused is told whole, with what was given, and with a mend.
#include "require.h"
#include "segment/geometry.h"
#include "segment/placement.h"
#include "store/open.h"

#include <freshet/error.h>
#include <freshet/time.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace freshet;
using fuzz::require;
using segment::Placement;
using segment::PlacementKind;

struct Outcome {
  Placement placement;
  std::string refusal;  ///< as whoever catches it sees it
};

Outcome parse(const std::string& url) {
  try {
    return {segment::parse_placement(url), {}};
  } catch (const ConfigError& error) {
    return {{}, error.what()};
  }
}

std::string said_again(const Placement& p) {
  std::string url;
  switch (p.kind) {
    case PlacementKind::memory:
      return "memory:?size=" + std::to_string(p.size_bytes);
    case PlacementKind::shared:
      url = "shared:" + p.path.substr(std::string_view("/dev/shm/freshet.").size());
      break;
    case PlacementKind::file:
      url = "file:" + p.path;
      break;
  }
  char mode[8];
  std::snprintf(mode, sizeof(mode), "%04o", p.mode);
  url += std::string("?mode=") + mode;
  if (p.size_bytes != 0) url += "&size=" + std::to_string(p.size_bytes);
  if (!p.group.empty()) url += "&group=" + p.group;
  return url;
}

void check_taken(const Placement& p, const std::string& url) {
  require(p.url == url, "the URL is kept as it was given");
  require(p.size_bytes == 0 ? p.kind != PlacementKind::memory
                            : p.size_bytes >= segment::kMinSizeBytes && p.size_bytes <= segment::kMaxSizeBytes,
          "a size that a segment can have");
  require((p.mode & 0600) == 0600 && (p.mode & ~0660U & 0007) == 0 && p.mode <= 0777, "no stranger may read it");
  require(p.group.empty() || (p.mode & 0060) != 0, "a group that may do something");
  switch (p.kind) {
    case PlacementKind::memory:
      require(p.path.empty() && p.mode == 0600 && p.group.empty(), "memory is private");
      break;
    case PlacementKind::shared:
      require(
          p.path.starts_with("/dev/shm/freshet.") && p.path.find('/', 9) == std::string::npos && p.path.size() < 256,
          "a shared segment lies in its folder");
      break;
    case PlacementKind::file:
      require(p.path.size() >= 2 && p.path[0] == '/' && p.path.find('\0') == std::string::npos, "an absolute path");
      break;
  }
  const Outcome again = parse(said_again(p));
  require(again.refusal.empty(), "what is taken can be said again");
  require(again.placement.kind == p.kind && again.placement.path == p.path &&
              again.placement.size_bytes == p.size_bytes && again.placement.mode == p.mode &&
              again.placement.group == p.group,
          "and means the same");
}

void check_refused(const std::string& refusal, const std::string& url) {
  std::string shown = url;
  std::replace(shown.begin(), shown.end(), '\0', '?');
  require(refusal.starts_with("cache URL \"" + shown + "\": "), "a refusal shows the URL");
  // It ends with a mend: in all of them there is more than the URL and one word.
  require(refusal.size() > shown.size() + 25, "and says what is wrong with it");
  // A NUL ends what whoever catches it sees; one in the URL must not cut the message short.
  if (shown == url || refusal.ends_with("the path holds a NUL byte")) return;
  std::string other = url;
  std::replace(other.begin(), other.end(), '\0', '\x01');
  require(parse(other).refusal.size() == refusal.size(), "and is told whole");
}

void check_url(const std::string& url) {
  const Outcome outcome = parse(url);
  outcome.refusal.empty() ? check_taken(outcome.placement, url) : check_refused(outcome.refusal, url);
  // Of the rest only what creates nothing.
  if (!url.starts_with("null:") && outcome.refusal.empty()) return;
  try {
    require(open_store(url) != nullptr && url == "null:", "what cannot be read is not opened");
  } catch (const ConfigError& error) {
    require(std::string_view(error.what()).starts_with("cache URL \""), "a refusal shows the URL");
  }
}

void check_size(std::string_view text) {
  try {
    const std::uint64_t bytes = segment::parse_size(text);
    require(segment::parse_size(std::to_string(bytes)) == bytes || bytes > std::uint64_t{1} << 53,
            "a number of bytes is that number");
    const double again = static_cast<double>(segment::parse_size(segment::format_size(bytes)));
    const auto meant = static_cast<double>(bytes);
    require(again >= meant * 0.94 && again <= meant * 1.06, "a size as people read it is about the same");
  } catch (const ConfigError& error) {
    require(std::string_view(error.what()).find("is not a size") != std::string_view::npos, "it says what it wants");
  }
}

void check_duration(std::string_view text) {
  try {
    const Duration span = parse_duration(text);
    require(span >= Duration::zero(), "no span is negative");
    const std::string said = format_duration(span);
    require(parse_duration(said) == span, "what is said is read back");
    require(format_duration(parse_duration(said)) == said, "in the same words");
  } catch (const ConfigError& error) {
    require(std::string_view(error.what()).size() > 20, "it says what it wants");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_url(text);
  check_size(text);
  check_duration(text);
  return 0;
}
