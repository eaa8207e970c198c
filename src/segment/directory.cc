#include "segment/directory.h"

#include "platform/pause_point.h"

#include <bit>
#include <vector>

namespace freshet::segment {

void Directory::format() {
  for (std::uint32_t shard = 0; shard < geometry_.shards; ++shard) {
    const std::uint32_t block = pool_.take_for_index(static_cast<std::uint16_t>(shard), 0);
    for (std::uint32_t i = 0; i < entries(); ++i) {
      entry(static_cast<std::uint16_t>(shard), i).store(PageName::make(block, 0).word);
    }
  }
}

bool Directory::is_sound(bool alone) const {
  for (std::uint32_t shard = 0; shard < geometry_.shards; ++shard) {
    for (std::uint32_t i = 0; i < entries(); ++i) {
      const std::uint32_t block = block_of(static_cast<std::uint16_t>(shard), i);
      if (block >= geometry_.blocks) return false;
      const BlockDescriptor& d = pool_[block];
      if (alone && (d.state != BlockState::index || d.shard != shard)) return false;
    }
  }
  return true;
}

bool Directory::split(std::uint16_t shard, std::uint32_t position, std::uint32_t keep_free) {
  const std::uint32_t block = block_of(shard, number_of(position));
  std::uint32_t first = number_of(position);
  std::uint32_t count = 1;
  // A range is aligned: it is twice as large whenever the range beside it begins with the same page.
  while (count < entries() && block_of(shard, first ^ count) == block) {
    first &= ~count;
    count *= 2;
  }
  if (count == 1) return false;
  platform::pause_point("index.splitting");
  const std::uint32_t taken = pool_.take_for_index(shard, keep_free);
  if (taken == kNone) return false;
  platform::pause_point("index.split_taken");

  const std::uint32_t half = first + count / 2;
  Bucket* from = page(PageName::make(block, 0));
  Bucket* to = page(PageName::make(taken, 0));
  for (std::uint32_t b = 0; b < geometry_.buckets_per_page(); ++b) {
    for (std::uint32_t s = 0; s < kSlotsPerBucket; ++s) {
      const Slot word{from[b].slot[s].load(std::memory_order_relaxed)};
      const bool moves = !word.empty() && number_of(word.position()) >= half;
      // Relaxed: nobody sees the page before publish() releases it.
      to[b].slot[s].store(moves ? word.word : 0, std::memory_order_relaxed);
    }
  }
  platform::pause_point("index.split_filled");
  publish(shard, taken, half, first + count);
  platform::pause_point("index.split_published");
  clear_strangers(shard, from, first, count / 2);
  platform::pause_point("index.split_cleared");
  return true;
}

// From the top down: so that after a death half way the old page names more than half of the range, and less than all.
void Directory::publish(std::uint16_t shard, std::uint32_t block, std::uint32_t from, std::uint32_t until) {
  while (until-- > from) {
    entry(shard, until).store(PageName::make(block, 0).word, std::memory_order_release);
    platform::pause_point("index.split_publishing");
  }
}

void Directory::announce(std::uint16_t shard, std::uint32_t position) {
  Shared<std::uint64_t>& place = entry(shard, number_of(position));
  const PageName name{place.load(std::memory_order_relaxed)};
  place.store(PageName::make(name.block(), name.version() + 1).word, std::memory_order_release);
}

void Directory::move(std::uint16_t shard, Shared<std::uint64_t>& from, Shared<std::uint64_t>& to) {
  const Slot word{from.load(std::memory_order_relaxed)};
  to.store(word.word, std::memory_order_release);
  platform::pause_point("index.copied");
  announce(shard, word.position());
  platform::pause_point("index.announced");
  from.store(0, std::memory_order_release);
}

// Empties the slots of a page whose word has a position outside of the page's range.
void Directory::clear_strangers(std::uint16_t, Bucket* page, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t b = 0; b < geometry_.buckets_per_page(); ++b) {
    for (auto& slot : page[b].slot) {
      const Slot word{slot.load(std::memory_order_relaxed)};
      if (!word.empty() && number_of(word.position()) - first >= count) slot.store(0, std::memory_order_release);
    }
  }
}

// A move that was cut short left its entry in two slots.
void Directory::clear_copies(std::uint16_t shard, Bucket* page) {
  for (std::uint32_t b = 0; b < geometry_.buckets_per_page(); ++b) {
    for (auto& slot : page[b].slot) {
      const Slot word{slot.load(std::memory_order_relaxed)};
      if (!word.is_entry()) continue;
      for (auto& other : page[other_bucket(b, word.position())].slot) {
        const Slot twin{other.load(std::memory_order_relaxed)};
        if (!twin.is_entry_at(word.position()) || twin.log_offset() != word.log_offset()) continue;
        // As in move(): a reader may have looked at the slot that stays before there was anything in it.
        announce(shard, word.position());
        other.store(0, std::memory_order_release);
      }
    }
  }
}

void Directory::mend(std::uint16_t shard) {
  std::uint32_t next_block = kNone;
  std::uint32_t half = 0, end = 0;
  for_each_page(shard, [&](Bucket*, std::uint32_t block, std::uint32_t first, std::uint32_t count) {
    if (half != 0 && next_block == kNone) next_block = block;
    if (std::has_single_bit(count) || half != 0) return;
    // Half published: more than half of a range, less than all, and the rest names the new page.
    half = first + std::bit_floor(count);
    end = first + count;
  });
  if (next_block != kNone) publish(shard, next_block, half, end);

  std::vector<bool> in_use(geometry_.blocks);
  for_each_page(shard, [&](Bucket* page, std::uint32_t block, std::uint32_t first, std::uint32_t count) {
    in_use[block] = true;
    clear_strangers(shard, page, first, count);
    clear_copies(shard, page);
  });
  pool_.give_back_unused_pages(shard, in_use);
}

}  // namespace freshet::segment
