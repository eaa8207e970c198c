#include "response_cache/entity_tag.h"

#include <array>
#include <cstdint>
#include <xxhash.h>

namespace freshet::response_cache {

std::string entity_tag(const HttpResponse& response) {
  // The text before the body's hash makes the seed: no field's end can be taken for the body's beginning.
  std::string kind;
  for (const std::string_view name : {"Content-Type", "Content-Encoding", "Content-Language"}) {
    kind.append(response.field(name).value_or("")).append(1, '\n');
  }
  const XXH64_hash_t seed = XXH3_64bits(kind.data(), kind.size());
  const XXH128_hash_t hash = XXH3_128bits_withSeed(response.body.data(), response.body.size(), seed);
  std::string out = "\"";
  for (const std::uint64_t half : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(half >> shift) & 15];
  }
  return out + '"';
}

}  // namespace freshet::response_cache
