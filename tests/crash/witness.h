// What the crash, attach and interleaving tests look with: values that betray a mixture, and an audit of a whole
// segment.
#pragma once

#include "segment/placement.h"
#include "segment/segment.h"
#include "store/segment_store.h"

#include <freshet/store.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace freshet::witness {

using namespace std::chrono_literals;

inline const Instant kNow{Duration(1'700'000'000'000'000)};

inline Meta fresh_for(Duration ttl) { return {kNow, add(kNow, ttl), add(kNow, ttl), 0us, 7, 0}; }

inline PutRequest request(std::string_view key, std::string_view value, Duration ttl = 1h) {
  PutRequest r;
  r.key = key;
  r.value = std::as_bytes(std::span(value));
  r.meta = fresh_for(ttl);
  return r;
}

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  unsigned operator()() { return static_cast<unsigned>(engine_()); }

 private:
  std::mt19937 engine_;
};

/// A value that tells its key, salt and size: any mixture of two, and any other key's value, fails is_whole().
inline std::string checkable(std::string_view key, std::size_t bytes, std::uint32_t salt) {
  std::string value(sizeof(salt) + bytes, '\0');
  std::memcpy(value.data(), &salt, sizeof(salt));
  std::uint64_t state = std::hash<std::string_view>{}(key) ^ (bytes + 1) * 0x9E3779B97F4A7C15 ^ salt;
  for (std::size_t i = sizeof(salt); i < value.size(); i += sizeof(state)) {
    state = state * 6364136223846793005 + 1442695040888963407;
    std::memcpy(value.data() + i, &state, std::min(sizeof(state), value.size() - i));
  }
  return value;
}

inline bool is_whole(std::string_view key, std::string_view value) {
  std::uint32_t salt = 0;
  if (value.size() < sizeof(salt)) return false;
  std::memcpy(&salt, value.data(), sizeof(salt));
  return value == checkable(key, value.size() - sizeof(salt), salt);
}

/// Of a value that is whole.
inline std::uint32_t salt_of(std::string_view value) {
  std::uint32_t salt = 0;
  std::memcpy(&salt, value.data(), sizeof(salt));
  return salt;
}

inline std::string joined(const PinnedValue& pinned) {
  std::string all;
  for (const auto& piece : pinned.pieces()) all.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  return all;
}

/// A store whose segment the test can look into.
struct Opened {
  explicit Opened(const std::string& url, segment::IfAbsent if_absent = segment::IfAbsent::create) {
    auto opened = segment::Segment::open(segment::parse_placement(url), if_absent);
    segment = opened.get();
    store = std::make_unique<SegmentStore>(std::move(opened));
  }
  SegmentStore* operator->() const { return store.get(); }
  segment::Segment* segment = nullptr;
  std::unique_ptr<SegmentStore> store;
};

struct Blocks {
  std::uint32_t free = 0;
  std::uint32_t queued = 0;
  std::uint32_t condemned = 0;
  std::uint32_t in_hand = 0;  ///< half cleaned
  std::uint32_t index = 0;
};

/// Every rule that a segment at rest must keep, looked at one by one. Empty when all hold.
std::string audit(segment::Segment& segment, Blocks* blocks = nullptr);

}  // namespace freshet::witness
