// Sizes of memory to try: as the command line lists them, or chosen around what a trace takes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace freshet::tools {

inline constexpr std::uint64_t kMinSegmentBytes = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{1} << 40;

/// `512B`, `256KiB`, `16MiB`, `1.5GiB`, `10MB`, or a number of bytes. Errors: throws UsageError.
std::uint64_t parse_size(std::string_view text);
/// `16MiB,64MiB,1GiB`: ascending, each once, each a size that a segment can have. Errors: throws UsageError.
std::vector<std::uint64_t> parse_sizes(std::string_view list);
/// Powers of two, from about a hundredth of the footprint to the first in which all of it fits.
std::vector<std::uint64_t> sizes_around(std::uint64_t footprint_bytes);

}  // namespace freshet::tools
