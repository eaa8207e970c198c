#include "segment/geometry.h"

#include "segment/layout.h"

#include <algorithm>
#include <bit>

namespace freshet::segment {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

std::uint64_t align(std::uint64_t at) { return (at + 63) & ~std::uint64_t{63}; }

std::uint64_t clamp_power(std::uint64_t value, std::uint64_t low, std::uint64_t high) {
  return std::clamp(std::bit_floor(std::max<std::uint64_t>(value, 1)), low, high);
}

}  // namespace

std::uint64_t Geometry::process_stride() const {
  return align(sizeof(ProcessSlot) + std::uint64_t{pins_per_process} * sizeof(std::uint64_t));
}

Geometry Geometry::of(std::uint64_t size_bytes) {
  Geometry g;
  g.size_bytes = size_bytes & ~std::uint64_t{4095};
  const std::uint64_t size = g.size_bytes;

  // Every table has a fixed share of the size, so that small segments are not eaten by tables and large ones have room.
  g.shards = static_cast<std::uint32_t>(clamp_power(size / (32 * kMiB), 1, 64));
  g.processes = static_cast<std::uint32_t>(clamp_power(size / (64 * 1024), 32, 256));
  g.pins_per_process = static_cast<std::uint32_t>(clamp_power(size / (2 * kMiB), 16, 256));
  g.tag_slots = static_cast<std::uint32_t>(clamp_power(size / 1024, 1024, 1 << 20));
  g.leases_per_shard = static_cast<std::uint32_t>(clamp_power(size / (64 * 1024) / g.shards, 64, 128));
  g.counter_stripes = static_cast<std::uint32_t>(clamp_power(size / (2 * kMiB), 4, 64));
  g.remembered_misses = static_cast<std::uint32_t>(clamp_power(size / 16384, 64, 65536));
  // 4 KiB in the smallest segment, 64 KiB from 256 MiB, 256 KiB from 16 GiB: open, half-filled blocks stay near 1 %.
  const std::uint64_t block = size < 8 * kMiB       ? 4096
                              : size < 64 * kMiB    ? 8192
                              : size < 256 * kMiB   ? 16384
                              : size < 16384 * kMiB ? 65536
                                                    : 262144;
  g.block_bytes = static_cast<std::uint32_t>(block);
  // Room for twice the pages that a shard's part of all index blocks could be: pages' sizes differ by a factor of two.
  const std::uint64_t pages = std::max<std::uint64_t>(size / block / 3 / g.shards, 1);
  g.directory_bits = static_cast<std::uint32_t>(std::bit_width(pages - 1) + 1);

  std::uint64_t at = kSuperblockBytes;
  const auto place = [&at](std::uint64_t& where, std::uint64_t bytes) {
    where = at = align(at);
    at += bytes;
  };
  place(g.shards_at, sizeof(Pool) + g.shards * sizeof(Shard));
  place(g.eviction_at, sizeof(EvictionState));
  place(g.processes_at, g.processes * g.process_stride());
  place(g.tags_at, g.tag_slots * sizeof(std::uint64_t));
  place(g.leases_at, std::uint64_t{g.shards} * g.leases_per_shard * sizeof(LeaseEntry));
  place(g.counters_at, g.counter_stripes * sizeof(CounterStripe));
  place(g.misses_at, g.remembered_misses * sizeof(RememberedMiss));
  place(g.directories_at, (std::uint64_t{g.shards} << g.directory_bits) * sizeof(std::uint64_t));
  // The rest is blocks, each with its descriptor: the log, and the pages of the index.
  at = align(at);
  g.descriptors_at = at;
  const std::uint64_t rest = size - at - block;  // one block's worth is lost to alignment at most
  g.blocks = static_cast<std::uint32_t>(rest / (block + sizeof(BlockDescriptor)));
  at += g.blocks * sizeof(BlockDescriptor);
  g.log_at = (at + 4095) & ~std::uint64_t{4095};
  return g;
}

}  // namespace freshet::segment
