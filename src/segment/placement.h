// Where a segment's bytes live, read from a URL:
//
//   memory:?size=256MiB                              nameless: this process and its children
//   shared:NAME?size=1GiB[&mode=0660&group=www]      in shared memory, by name: all processes of the host
//   file:/path?size=10GiB[&mode=...&group=...]       a file on disk: survives a restart
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::segment {

enum class PlacementKind { memory, shared, file };

struct Placement {
  PlacementKind kind = PlacementKind::memory;
  std::string path;              ///< empty for memory
  std::uint64_t size_bytes = 0;  ///< 0: take it as it is (attach only)
  unsigned mode = 0600;
  std::string group;  ///< empty: unchanged
  std::string url;    ///< as given
};

inline constexpr std::uint64_t kDefaultSizeBytes = std::uint64_t{64} << 20;

/// Errors: throws ConfigError naming the part of the URL that is wrong and what it may be.
Placement parse_placement(std::string_view url);

/// Reads `256MiB`, `1GiB`, `64KB`, `1048576`. Errors: throws ConfigError.
std::uint64_t parse_size(std::string_view text);
/// `256 MiB`, `1.5 GiB`: for people.
std::string format_size(std::uint64_t bytes);

}  // namespace freshet::segment
