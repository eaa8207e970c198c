#include "exchange/url_prefixes.h"

#include <algorithm>

namespace freshet::exchange {

std::string prefix_tag(std::string_view prefix) {
  std::string tag("\x01url:");
  // Long ones by their beginning and a digest: the names of an entry's tags have room for 4 KiB together.
  constexpr std::size_t kMostVerbatim = 200;
  if (prefix.size() <= kMostVerbatim) return tag.append(prefix);
  std::uint64_t digest = 0xcbf29ce484222325;  // FNV-1a; a collision only purges too much
  for (const char c : prefix) digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return tag.append(prefix.substr(0, kMostVerbatim)).append("#").append(std::to_string(digest));
}

void append_prefix_tags(std::vector<std::string>& tags, std::string_view url_key) {
  const std::size_t path = url_key.find('/', std::min(url_key.find("://"), url_key.size() - 3) + 3);
  if (path == std::string_view::npos) return;
  const std::string_view without_query = url_key.substr(0, url_key.find('?'));
  std::size_t levels = 0;
  for (std::size_t at = path; at != std::string_view::npos && levels < kMostPrefixLevels; ++levels) {
    tags.push_back(prefix_tag(without_query.substr(0, at + 1)));
    at = without_query.find('/', at + 1);
  }
}

}  // namespace freshet::exchange
