#include "tests/crash/witness.h"

#include <bit>
#include <vector>

namespace freshet::witness {
namespace {

using segment::BlockDescriptor;
using segment::BlockState;
using segment::Bucket;
using segment::Geometry;
using segment::kNone;
using segment::Pool;
using segment::RecordFields;
using segment::RecordRef;
using segment::Segment;
using segment::Slot;

class Auditor {
 public:
  explicit Auditor(Segment& segment) : segment_(segment), g_(segment.geometry) {}

  std::string run(Blocks* blocks) {
    segment_.reap();
    segment_.pool.free_unpinned(g_.blocks);
    count_blocks();
    walk_lists();
    for (std::uint32_t shard = 0; shard < g_.shards; ++shard) look_at_shard(static_cast<std::uint16_t>(shard));
    require(pages_ == blocks_.index, "pages that no directory names", blocks_.index);
    for (std::uint32_t b = 0; b < g_.blocks; ++b) {
      require(segment_.pool[b].live_bytes.load() >= indexed_bytes_[b] || segment_.pool[b].state != BlockState::filling,
              "block counts less as live than the index leads to", b);
    }
    if (blocks != nullptr) *blocks = blocks_;
    return complaints_;
  }

 private:
  template <class T>
  T* part(std::uint64_t offset) const {
    return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(&segment_.superblock) + offset);
  }
  void require(bool holds, const char* what, std::uint64_t where) {
    if (!holds && complaints_.size() < 4000) complaints_ += std::string(what) + " (" + std::to_string(where) + ")\n";
  }

  bool is_in_hand(std::uint32_t block) {
    for (std::uint32_t i = 0; i < g_.processes; ++i) {
      const auto* slot = part<segment::ProcessSlot>(g_.processes_at + i * g_.process_stride());
      if (slot->pid.load() != segment::kUnusedProcess && slot->sweep.block == block) return true;
    }
    return false;
  }

  void count_blocks() {
    for (std::uint32_t b = 0; b < g_.blocks; ++b) {
      const BlockDescriptor& d = segment_.pool[b];
      const bool alive = d.generation.load() % 2 != 0;
      switch (d.state) {
        case BlockState::free:
          ++blocks_.free;
          require(!alive, "a free block lives", b);
          break;
        case BlockState::filling:
          ++blocks_.queued;
          require(alive, "a queued block is dead", b);
          break;
        case BlockState::condemned:
          ++blocks_.condemned;
          require(!alive, "a condemned block lives", b);
          break;
        case BlockState::cleaning:
          // Between two instalments, in the hand of a process that lives.
          ++blocks_.in_hand;
          require(alive, "a block in hand is dead", b);
          require(is_in_hand(b), "a block is being cleaned by nobody", b);
          break;
        case BlockState::index:
          ++blocks_.index;
          require(!alive, "a page of the index lives as a block of the log", b);
          break;
      }
    }
    require(blocks_.free == segment_.pool.free_count(), "free_count differs from the free blocks", blocks_.free);
    require(blocks_.index == segment_.pool.index_count(), "index_count differs from the pages", blocks_.index);
  }

  std::uint32_t walk(std::uint32_t head, BlockState state) {
    std::uint32_t n = 0;
    for (std::uint32_t b = head; b != kNone && n <= g_.blocks; b = segment_.pool[b].next, ++n) {
      require(segment_.pool[b].state == state, "a block is in a list of another state", b);
      require(seen_.insert(b).second, "a block is in two lists", b);
    }
    return n;
  }

  void walk_lists() {
    const Pool& pool = *part<Pool>(g_.shards_at);
    require(walk(pool.free_head, BlockState::free) == blocks_.free, "the free list is not whole", blocks_.free);
    require(walk(pool.condemned_head, BlockState::condemned) == blocks_.condemned, "the condemned list is not whole",
            blocks_.condemned);
    std::uint32_t queued = 0;
    for (std::uint32_t s = 0; s < segment::kStreams; ++s) queued += walk(pool.head[s], BlockState::filling);
    require(queued == blocks_.queued, "the queues are not whole", queued);
    require(pool.queued[0].load() + pool.queued[1].load() == blocks_.queued, "the queues' sums are off", queued);
  }

  void look_at_shard(std::uint16_t shard) {
    // Where records begin, by walking the blocks; then every slot must lead to one of them, under the key that is
    // there.
    std::map<std::uint64_t, segment::KeyHash> begins;
    std::map<std::uint64_t, std::vector<std::pair<std::uint32_t, std::uint32_t>>> parts;
    for (std::uint32_t b = 0; b < g_.blocks; ++b) {
      const BlockDescriptor& d = segment_.pool[b];
      const bool holds_records = d.state == BlockState::filling || d.state == BlockState::cleaning;
      if (!holds_records || d.shard != shard) continue;
      segment_.log.for_each_record(b, [&](const RecordRef& ref, const RecordFields& fields) {
        if (ref.life.block != b || !segment_.log.is_whole(ref)) return;
        std::string key(fields.key_bytes, '\0');
        segment::Cursor cursor(segment_.log, ref, fields);
        cursor.skip(fields.tag_part_bytes());
        cursor.read(key.data(), key.size());
        const std::uint64_t at = segment_.log.log_offset(ref);
        begins[at] = segment_.index.hash(key);
        std::uint64_t left = segment::align_record(fields.bytes());
        std::uint32_t block = b;
        std::uint32_t offset = ref.offset;
        while (left > 0) {
          const auto here = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, g_.block_bytes - offset));
          parts[at].emplace_back(block, here);
          left -= here;
          block = segment_.pool[block].next_in_log.load();
          offset = 0;
        }
      });
    }
    std::uint64_t entries = 0;
    std::set<std::uint64_t> led_to;
    const segment::Directory& directory = segment_.index.directory();
    directory.for_each_page(shard, [&](Bucket* page, std::uint32_t block, std::uint32_t first, std::uint32_t count) {
      ++pages_;
      require(segment_.pool[block].state == BlockState::index && segment_.pool[block].shard == shard,
              "a directory names a block that is no page of its shard", block);
      require(std::has_single_bit(count) && first % count == 0, "the range of a page is not aligned", first);
      for (std::uint32_t b = 0; b < g_.buckets_per_page(); ++b) {
        for (const auto& place : page[b].slot) {
          const Slot slot{place.load()};
          if (slot.empty()) continue;
          require(directory.number_of(slot.position()) - first < count, "a slot of another page", slot.position());
          if (slot.is_ghost()) continue;
          ++entries;
          require(led_to.insert(slot.log_offset()).second, "two slots lead to one record", slot.log_offset());
          const auto record = begins.find(slot.log_offset());
          require(record != begins.end(), "a slot leads where no record begins", slot.log_offset());
          if (record == begins.end()) continue;
          const segment::KeyHash& hash = record->second;
          require(
              hash.shard == shard && hash.position == slot.position() && (hash.bucket[0] == b || hash.bucket[1] == b),
              "a slot leads to a record of another key", slot.log_offset());
          for (const auto& [where, bytes] : parts[slot.log_offset()]) indexed_bytes_[where] += bytes;
        }
      }
    });
    require(entries == segment_.shards[shard].entries.load(), "the sum of entries is off", entries);
  }

  Segment& segment_;
  const Geometry& g_;
  Blocks blocks_;
  std::uint32_t pages_ = 0;
  std::set<std::uint32_t> seen_;
  std::map<std::uint32_t, std::uint64_t> indexed_bytes_;
  std::string complaints_;
};

}  // namespace

std::string audit(Segment& segment, Blocks* blocks) { return Auditor(segment).run(blocks); }

}  // namespace freshet::witness
