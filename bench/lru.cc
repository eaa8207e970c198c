#include "lru.h"

#include "trace_replay.h"

#include <algorithm>
#include <vector>

namespace freshet::bench {
namespace {

// A ring through an array: keys are indexes already. The last place is the ring's anchor.
class Lru {
 public:
  Lru(std::size_t keys, std::uint64_t room) : links_(keys + 1), weight_(keys), anchor_(keys), room_(room) {
    links_[anchor_] = {anchor_, anchor_};
  }

  // True when the key was there. Otherwise it is stored, and what was used least lately makes room.
  bool access(std::uint32_t key, std::uint64_t weight) {
    const bool hit = weight_[key] != 0;
    if (hit) {
      unlink(key);
    } else {
      if (weight > room_) return false;
      while (used_ + weight > room_) drop(links_[anchor_].before);
      weight_[key] = weight;
      used_ += weight;
    }
    const std::size_t first = links_[anchor_].behind;
    links_[key] = {anchor_, first};
    links_[first].before = key;
    links_[anchor_].behind = key;
    return hit;
  }

 private:
  struct Link {
    std::size_t before = 0;
    std::size_t behind = 0;
  };

  void unlink(std::size_t key) {
    links_[links_[key].before].behind = links_[key].behind;
    links_[links_[key].behind].before = links_[key].before;
  }
  void drop(std::size_t key) {
    unlink(key);
    used_ -= weight_[key];
    weight_[key] = 0;
  }

  std::vector<Link> links_;
  std::vector<std::uint64_t> weight_;  // 0: not there
  std::size_t anchor_;
  std::uint64_t room_;
  std::uint64_t used_ = 0;
};

template <class Weight>
LruFigures run(const tools::AccessTrace& trace, std::uint64_t room, std::uint64_t max_value_bytes, Weight&& weight) {
  Lru lru(trace.keys.size(), room);
  LruFigures figures;
  for (const tools::Access& access : trace.accesses) {
    const std::uint64_t bytes = std::min(access.value_bytes, max_value_bytes);
    if (!lru.access(access.key, weight(access.key, bytes))) continue;
    ++figures.hits;
    figures.hit_bytes += bytes;
    figures.saved_us += access.load_us;
  }
  return figures;
}

}  // namespace

LruFigures lru_of_entries(const tools::AccessTrace& trace, std::uint64_t entries) {
  return run(trace, entries, 0, [](std::uint32_t, std::uint64_t) { return std::uint64_t{1}; });
}

LruFigures lru_of_bytes(const tools::AccessTrace& trace, std::uint64_t bytes, std::uint64_t max_value_bytes) {
  return run(trace, bytes, max_value_bytes, [&](std::uint32_t key, std::uint64_t value_bytes) {
    return tools::entry_bytes(trace.keys[key].size(), value_bytes);
  });
}

}  // namespace freshet::bench
