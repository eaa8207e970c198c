#include "segment_damage.h"

#include "segment/layout.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <xxhash.h>

namespace freshet::fuzz {
namespace {

using segment::BlockDescriptor;
using segment::BlockState;
using segment::Geometry;
using segment::Slot;
using segment::Superblock;

constexpr std::uint64_t kPageBytes = 4096;
// Of the free blocks, whose descriptors and bytes are all alike, so many can be damaged.
constexpr std::uint32_t kFreeBlocks = 64;

template <class T>
T load(std::span<const char> image, std::uint64_t at) {
  T value;
  std::memcpy(&value, image.data() + at, sizeof(value));
  return value;
}

template <class T>
void store(std::span<char> image, std::uint64_t at, T value) {
  if (at + sizeof(value) <= image.size()) std::memcpy(image.data() + at, &value, sizeof(value));
}

void copy(std::span<char> image, std::uint64_t to, std::uint64_t from, std::uint64_t bytes) {
  if (to + bytes <= image.size() && from + bytes <= image.size()) {
    std::memmove(image.data() + to, image.data() + from, bytes);
  }
}

}  // namespace

Damage read_damage(const std::uint8_t* at) {
  Damage damage;
  damage.part = static_cast<Part>(at[0] % static_cast<std::uint8_t>(Part::kCount));
  damage.how = static_cast<How>((at[1] & 15) % static_cast<std::uint8_t>(How::kCount));
  damage.fine = at[1] >> 4;
  damage.place = static_cast<std::uint16_t>(at[2] | at[3] << 8);
  for (int i = 0; i < 4; ++i) damage.value |= std::uint32_t{at[4 + i]} << 8 * i;
  return damage;
}

void write_damage(const Damage& damage, std::uint8_t* at) {
  at[0] = static_cast<std::uint8_t>(damage.part);
  at[1] = static_cast<std::uint8_t>(static_cast<unsigned>(damage.how) | unsigned{damage.fine} << 4);
  at[2] = static_cast<std::uint8_t>(damage.place);
  at[3] = static_cast<std::uint8_t>(damage.place >> 8);
  for (int i = 0; i < 4; ++i) at[4 + i] = static_cast<std::uint8_t>(damage.value >> 8 * i);
}

Image::Image(std::string bytes) : bytes_(std::move(bytes)) {
  const Geometry g = Geometry::of(bytes_.size());
  add_words(Part::superblock, 0, sizeof(Superblock));
  add_words(Part::sequences, offsetof(Superblock, boot_id), sizeof(Superblock));
  add_words(Part::pool, g.shards_at, g.shards_at + sizeof(segment::Pool));
  add_words(Part::shards, g.shards_at + sizeof(segment::Pool), g.eviction_at);
  add_words(Part::eviction, g.eviction_at, g.processes_at);
  add_words(Part::processes, g.processes_at, g.tags_at);
  add_words(Part::tags, g.tags_at, g.leases_at);
  add_words(Part::leases, g.leases_at, g.counters_at);
  add_words(Part::counters, g.counters_at, g.misses_at);
  add_words(Part::misses, g.misses_at, g.directories_at);
  add_words(Part::directory, g.directories_at, g.descriptors_at);
  spots_[static_cast<std::size_t>(Part::length)] = {0};
  std::uint32_t free = 0;
  for (std::uint32_t block = 0; block < g.blocks; ++block) {
    const std::uint64_t descriptor = g.descriptors_at + block * sizeof(BlockDescriptor);
    const std::uint64_t begin = g.log_at + std::uint64_t{block} * g.block_bytes;
    const auto state = load<BlockState>(bytes_, descriptor + offsetof(BlockDescriptor, state));
    if (state == BlockState::free && ++free > kFreeBlocks) continue;
    add_words(Part::descriptors, descriptor, descriptor + sizeof(BlockDescriptor));
    add_words(Part::log, begin, begin + g.block_bytes);
    if (state != BlockState::index) continue;
    for (std::uint64_t at = begin; at < begin + g.block_bytes; at += sizeof(std::uint64_t)) {
      const Slot slot{load<std::uint64_t>(bytes_, at)};
      if (slot.empty()) continue;
      spots_[static_cast<std::size_t>(Part::slots)].push_back(at);
      if (slot.is_entry()) spots_[static_cast<std::size_t>(Part::headers)].push_back(g.log_at + slot.log_offset());
    }
  }
  for (std::uint64_t at = 0; at < bytes_.size(); at += kPageBytes) {
    const std::string_view page = std::string_view(bytes_).substr(at, kPageBytes);
    if (page.find_first_not_of('\0') != std::string_view::npos) pages_.push_back(at);
  }
}

void Image::put_into_zeros(std::span<char> to) const {
  for (const std::uint64_t at : pages_) std::memcpy(to.data() + at, bytes_.data() + at, kPageBytes);
}

void Image::add_words(Part part, std::uint64_t from, std::uint64_t until) {
  for (std::uint64_t at = from; at < until; at += 4) spots_[static_cast<std::size_t>(part)].push_back(at);
}

std::uint64_t Image::spot(Part part, std::uint16_t place) const {
  const auto& spots = spots_[static_cast<std::size_t>(part)];
  // More words than places: the last bits are the damage's `fine`.
  const std::size_t stride = std::max<std::size_t>(1, spots.size() >> 16);
  return spots[place * stride % spots.size()];
}

std::uint64_t Image::damage(std::span<const std::uint8_t> input, std::span<char> image) const {
  std::uint64_t length = image.size();
  for (std::size_t at = 1; at + kDamageBytes <= input.size() && at < kMostDamages * kDamageBytes; at += kDamageBytes) {
    const Damage d = read_damage(&input[at]);
    if (d.part == Part::length) {
      length = d.value % (image.size() + 8192);
      continue;
    }
    const std::uint64_t to = spot(d.part, d.place) + d.fine * 4;
    const std::uint64_t from = spot(d.part, static_cast<std::uint16_t>(d.value)) + d.fine * 4;
    if (to + 8 > image.size()) continue;
    switch (d.how) {
      case How::set:
        store(image, to, d.value);
        break;
      case How::flip:
        store(image, to, load<std::uint32_t>(image, to) ^ d.value);
        break;
      case How::add:
        store(image, to, load<std::uint32_t>(image, to) + d.value);
        break;
      case How::set_wide:
        store(image, to, static_cast<std::int64_t>(static_cast<std::int32_t>(d.value)));
        break;
      case How::copy_word:
        copy(image, to, from, 8);
        break;
      case How::copy_line:
        // A descriptor's two, or a bucket.
        copy(image, to & ~std::uint64_t{63}, from & ~std::uint64_t{63}, d.part == Part::descriptors ? 128 : 64);
        break;
      case How::fill:
        for (std::uint32_t i = 0; i < d.value >> 24 && to + i < image.size(); ++i) {
          image[to + i] = static_cast<char>(d.value >> i % 3 * 8);
        }
        break;
      case How::kCount:
        break;
    }
  }
  if (!input.empty() && (input[0] & kMendChecksum) != 0) {
    store(image, offsetof(Superblock, checksum),
          std::uint64_t{XXH3_64bits(image.data(), offsetof(Superblock, checksum))});
  }
  return length;
}

}  // namespace freshet::fuzz
