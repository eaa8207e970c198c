#include "peers/contenders.h"

#include "peers/flat_map.h"
#include "peers/freshet_caches.h"
#include "peers/lmdb.h"
#include "peers/locked_lru.h"
#include "peers/memcached.h"
#include "peers/redis.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::uint64_t available_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("MemAvailable:")) return std::stoull(line.substr(13)) * 1024;
  }
  return ~std::uint64_t{0};
}

}  // namespace

bool Contenders::wanted(const std::string& name) const {
  return wanted_.only.empty() || std::any_of(wanted_.only.begin(), wanted_.only.end(), [&](const std::string& part) {
           return name.find(part) != std::string::npos;
         });
}

template <class Make>
void Contenders::consider(const std::string& name, Make&& make) {
  if (!wanted(name)) return;
  peers_.push_back(make());
  if (peers_.back()->name() != name) throw std::logic_error("a contender is not called " + name);
}

Contenders::Contenders(Wanted wanted) : wanted_(std::move(wanted)) {
  // What each takes at most, overhead included; the segments reserve theirs at once.
  const std::uint64_t each = wanted_.entries * (wanted_.value_bytes + 260) + 64 * kMiB;
  const std::uint64_t all = each * (wanted_.only.empty() ? 9 : wanted_.only.size() + 2);
  if (all > available_bytes()) {
    throw std::runtime_error("this takes up to " + std::to_string(all / kMiB) + " MiB of memory, and " +
                             std::to_string(available_bytes() / kMiB) +
                             " MiB are available; give fewer --entries, or fewer contenders with --only");
  }
  const std::string ample = "?size=" + ample_size(wanted_.entries, wanted_.value_bytes);
  peers_.push_back(make_flat_map());
  struct Way {
    Reading reading;
    std::string url;
    const char* name;
  };
  const Way ways[] = {{Reading::store, "memory:", "freshet Store::get, memory:"},
                      {Reading::store, place_.shared_url("store"), "freshet Store::get, shared:"},
                      {Reading::bytes, "memory:", "freshet get<Bytes>, memory:"},
                      {Reading::string, place_.shared_url("string"), "freshet get<string>, shared:"}};
  for (const Way& way : ways) {
    consider(way.name, [&] { return make_freshet(way.url + ample, way.reading); });
  }
  consider("LRU with a mutex", [&] { return make_locked_lru(wanted_.entries); });
  // A page of 4 KiB holds three values of 1 KiB; written pages are copied before they are given up.
  consider("LMDB", [&] { return make_lmdb(place_.folder() + "/lmdb", 8 * each); });
  consider("memcached, Unix socket", [&] { return make_memcached(place_.folder(), each / kMiB * 2); });
  consider("Redis, Unix socket", [&] { return make_redis(place_.folder(), each * 2); });
}

void Contenders::fill(const std::function<void(const std::string&)>& progress) {
  for (const auto& peer : peers_) {
    progress("filling " + peer->name());
    const std::uint64_t stored = peer->connect()->fill(0, wanted_.entries, wanted_.value_bytes);
    if (stored != wanted_.entries) {
      throw std::runtime_error(peer->name() + " took " + std::to_string(stored) + " of " +
                               std::to_string(wanted_.entries) + " entries");
    }
  }
  if (wanted_.all_take_writes) return;
  limit_in_place_ = size();
  peers_.push_back(make_flat_map_with_keys_in_place(*peers_.front()));
}

}  // namespace bench
