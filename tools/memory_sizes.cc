#include "memory_sizes.h"

#include "exit_code.h"
#include "printable.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <string>

namespace freshet::tools {
namespace {

constexpr std::size_t kMostSizes = 64;

struct Unit {
  std::string_view name;
  double bytes;
};
constexpr Unit kUnits[] = {
    {"", 1},     {"B", 1},    {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {"TiB", 1099511627776.0},
    {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9},     {"TB", 1e12}};

}  // namespace

std::uint64_t parse_size(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc() && number >= 0) {
    for (const Unit& known : kUnits) {
      if (unit == known.name && number * known.bytes < 9e18) return static_cast<std::uint64_t>(number * known.bytes);
    }
  }
  throw UsageError('"' + printable(text) + "\" is no size; write 256MiB, 1GiB or a number of bytes");
}

std::vector<std::uint64_t> parse_sizes(std::string_view list) {
  std::vector<std::uint64_t> sizes;
  for (bool more = true; more;) {
    const std::size_t comma = list.find(',');
    const std::string_view word = list.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) list.remove_prefix(comma + 1);
    sizes.push_back(parse_size(word));
    if (sizes.back() < kMinSegmentBytes || sizes.back() > kMaxSegmentBytes) {
      throw UsageError("a segment of " + printable(word) + " cannot be: it may have 1MiB to 1TiB");
    }
  }
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  if (sizes.size() > kMostSizes) throw UsageError("more than 64 sizes");
  return sizes;
}

std::vector<std::uint64_t> sizes_around(std::uint64_t footprint_bytes) {
  // A segment keeps about a tenth for its tables, and more where the entries are small.
  const std::uint64_t all = std::min(footprint_bytes, kMaxSegmentBytes) / 4 * 5;
  const std::uint64_t last = std::bit_ceil(std::clamp(all, kMinSegmentBytes, kMaxSegmentBytes));
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t size = std::max(last / 128, kMinSegmentBytes); size <= last; size *= 2) sizes.push_back(size);
  return sizes;
}

}  // namespace freshet::tools
