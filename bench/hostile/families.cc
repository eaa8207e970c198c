#include "hostile/families.h"

#include <freshet/store.h>

#include <cstring>
#include <stdexcept>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace bench {
namespace {

constexpr std::size_t kKeys = 1024;
// Of the longest keys fewer, so that the segment holds them all.
constexpr std::size_t kLongKeys = 64;
constexpr std::size_t kLongBytes = 16 * 1024;

std::string counted(std::uint64_t number, std::size_t bytes) {
  std::string text(bytes, '0');
  for (std::size_t i = bytes; i-- > 0 && number != 0; number /= 10) text[i] = static_cast<char>('0' + number % 10);
  return text;
}

// `make(i)` for present keys and absent ones; random keys of the same lengths beside them.
template <class Make>
Family family(std::string name, std::size_t keys, Make&& make) {
  static std::uint64_t next_random = std::uint64_t{1} << 40;
  Family out;
  out.name = std::move(name);
  for (std::size_t i = 0; i < 2 * keys; ++i) {
    (i < keys ? out.hostile : out.hostile_absent).push_back(make(i));
    (i < keys ? out.ordinary : out.ordinary_absent).push_back(random_key(next_random++, make(i).size()));
  }
  if (out.key_bytes() >= kLongBytes) out.most_lookups = 1000;
  return out;
}

// XXH3 of 17 to 128 bytes multiplies words of the key by one another, each mixed with a word of the secret. With the
// secret that its header shows, a word that equals the secret's makes a zero of the product, whatever the other word
// is.
std::string collides_in_public(std::uint64_t number) {
  std::string key(32, 'x');
  std::memcpy(key.data(), XXH3_kSecret, 8);
  std::memcpy(key.data() + 8, &number, 8);
  return key;
}

}  // namespace

std::string random_key(std::uint64_t number, std::size_t bytes) {
  std::string key(bytes, '\0');
  for (std::size_t at = 0; at < bytes; at += 8) {
    // splitmix64 (Steele, Lea and Flood, OOPSLA '14).
    std::uint64_t z = (number += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    std::memcpy(key.data() + at, &z, std::min<std::size_t>(8, bytes - at));
  }
  return key;
}

std::vector<Family> families_without_the_secret() {
  std::vector<Family> families;
  for (const std::size_t bytes : {std::size_t{16}, std::size_t{250}, std::size_t{4096}, freshet::kMaxKeyBytes}) {
    const std::size_t keys = bytes > kLongBytes ? kLongKeys : kKeys;
    families.push_back(family("all but the last bytes in common", keys,
                              [bytes](std::size_t i) { return std::string(bytes - 8, 'a') + counted(i, 8); }));
    families.push_back(family("all but the first bytes in common", keys,
                              [bytes](std::size_t i) { return counted(i, 8) + std::string(bytes - 8, 'a'); }));
    families.push_back(family("all but two bits in common", keys, [bytes](std::size_t i) {
      // Of 128 places for a bit, spread over the key, two that no other number has.
      std::string key(bytes, '\0');
      for (const std::size_t place : {i % 100, i % 100 + 1 + i / 100}) {
        const std::size_t bit = place * (bytes * 8 / 128);
        key[bit / 8] = static_cast<char>(key[bit / 8] ^ 1 << bit % 8);
      }
      return key;
    }));
  }
  families.push_back(family("all the same in XXH3 without a secret", kKeys,
                            [](std::size_t i) { return collides_in_public(i * 0x9E3779B97F4A7C15U); }));
  for (const std::string& key : families.back().hostile) {
    if (XXH3_64bits(key.data(), key.size()) !=
        XXH3_64bits(families.back().hostile[0].data(), families.back().hostile[0].size())) {
      throw std::logic_error("keys that should collide in XXH3 do not");
    }
  }
  return families;
}

Family family_that_collides(std::size_t key_bytes, const Hash& hash) {
  constexpr std::size_t kAll = freshet::segment::Index::kCandidates;
  std::vector<std::string> found;
  std::uint64_t i = 0;
  const auto make = [&] {
    // All but the last bytes in common here too: each comparison goes to the end.
    std::string key(key_bytes, 'a');
    const std::uint64_t number = i++;
    std::memcpy(key.data() + key_bytes - 8, &number, 8);
    return key;
  };
  found.push_back(make());
  const freshet::segment::KeyHash first = hash(found[0]);
  while (found.size() < kAll) {
    std::string key = make();
    const freshet::segment::KeyHash here = hash(key);
    if (here.position == first.position && here.shard == first.shard &&
        (here.bucket[0] == first.bucket[0] || here.bucket[0] == first.bucket[1])) {
      found.push_back(std::move(key));
    }
  }
  Family out = family("all the same under the secret", kAll - 1, [&found](std::size_t n) { return found[n % kAll]; });
  out.hostile_absent.assign(1, found[kAll - 1]);
  out.ordinary_absent.resize(1);
  out.needs_the_secret = true;
  return out;
}

}  // namespace bench
