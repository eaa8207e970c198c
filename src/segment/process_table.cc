#include "segment/process_table.h"

#include "platform/byte_lock.h"

#include <algorithm>
#include <new>
#include <pthread.h>
#include <unistd.h>
#include <vector>

namespace freshet::segment {
namespace {

using platform::byte_is_locked_by_another;
using platform::LockKind;
using platform::try_lock_byte;
using platform::unlock_byte;

// Every table of this process, so that a child can replace the descriptors that it inherited.
struct Tables {
  std::mutex mutex;
  std::vector<ProcessTable*> all;

  static Tables& instance() {
    static Tables* tables = [] {
      pthread_atfork([] { instance().mutex.lock(); }, [] { instance().mutex.unlock(); },
                     [] {
                       for (ProcessTable* table : instance().all) table->reopen_in_child();
                       instance().mutex.unlock();
                     });
      return new Tables;  // never destroyed: fork() may come at any time
    }();
    return *tables;
  }
};

}  // namespace

ProcessTable::ProcessTable(std::byte* at, const Geometry& geometry, platform::File file)
    : at_(at), geometry_(geometry), file_(std::move(file)) {
  Tables& tables = Tables::instance();
  const std::lock_guard lock(tables.mutex);
  tables.all.push_back(this);
}

ProcessTable::~ProcessTable() {
  Tables& tables = Tables::instance();
  const std::lock_guard lock(tables.mutex);
  std::erase(tables.all, this);
}

void ProcessTable::leave() {
  const std::lock_guard lock(claiming_);
  const std::uint32_t own = own_.exchange(kNone);
  if (own == kNone || !file_) return;
  slot(own).pid.store(kUnusedProcess);
  unlock_byte(file_.fd(), kFirstProcessLock + own);
}

void ProcessTable::reopen_in_child() noexcept {
  // The description is shared with the parent: closing our descriptor releases nothing of the parent's, keeping it
  // would make the parent immortal.
  const int fresh = platform::reopen(file_.fd());
  if (fresh >= 0) {
    // Before the old one goes: at no moment may it look as if nobody were attached.
    try_lock_byte(fresh, kAttachedLock, LockKind::shared);
    file_ = platform::File(fresh);
  } else {
    // No slot, but attached all the same: else somebody could take the segment for abandoned and make it anew.
    inherited_ = std::move(file_);
  }
  own_.store(kNone);
  claimed_.store(false);
  // The parent's pins are the parent's: a handle that was inherited must not let go of one of ours.
  forks_.fetch_add(1);
  // A thread of the parent may have held this at the fork; that thread does not exist here.
  new (&claiming_) std::mutex;
}

ProcessSlot& ProcessTable::slot(std::uint32_t index) const {
  return *reinterpret_cast<ProcessSlot*>(at_ + index * geometry_.process_stride());
}

Shared<std::uint64_t>* ProcessTable::pins_of(std::uint32_t index) const {
  return reinterpret_cast<Shared<std::uint64_t>*>(at_ + index * geometry_.process_stride() + sizeof(ProcessSlot));
}

std::uint32_t ProcessTable::own_slot() {
  // Acquire: pairs with the release below, so that whoever sees `claimed_` sees the slot.
  if (claimed_.load(std::memory_order_acquire)) return own_.load(std::memory_order_relaxed);
  const std::lock_guard lock(claiming_);
  if (!claimed_.load(std::memory_order_relaxed)) {
    own_.store(claim(), std::memory_order_relaxed);
    claimed_.store(true, std::memory_order_release);
  }
  return own_.load(std::memory_order_relaxed);
}

ProcessSlot* ProcessTable::own() {
  const std::uint32_t index = own_slot();
  return index == kNone ? nullptr : &slot(index);
}

std::uint32_t ProcessTable::claim() {
  if (!file_) return kNone;
  for (std::uint32_t i = 0; i < geometry_.processes; ++i) {
    // A slot with a pid was not closed: it waits for reap(), which knows what to take back.
    if (slot(i).pid.load() != kUnusedProcess) continue;
    if (!try_lock_byte(file_.fd(), kFirstProcessLock + i, LockKind::exclusive)) continue;
    if (slot(i).pid.load() != kUnusedProcess) {  // claimed, and left dead, between the two looks
      unlock_byte(file_.fd(), kFirstProcessLock + i);
      continue;
    }
    for (std::uint32_t p = 0; p < geometry_.pins_per_process; ++p) pins_of(i)[p].store(0);
    slot(i).pins_in_use.store(0);
    slot(i).sweep = {};
    slot(i).sweeping.store(0);
    slot(i).pid.store(static_cast<std::uint32_t>(getpid()));
    return i;
  }
  return kNone;
}

bool ProcessTable::lives(std::uint32_t index) {
  if (index >= geometry_.processes) return false;
  if (index == own_.load()) return true;
  if (slot(index).pid.load() == kUnusedProcess) return false;
  if (!file_) return true;
  return byte_is_locked_by_another(file_.fd(), kFirstProcessLock + index);
}

std::uint32_t ProcessTable::reap(const std::function<void(std::uint32_t)>& on_death) {
  if (!file_) return 0;
  const std::lock_guard lock(claiming_);
  std::uint32_t reaped = 0;
  const std::uint32_t own = own_.load();
  for (std::uint32_t i = 0; i < geometry_.processes; ++i) {
    if (i == own || slot(i).pid.load() == kUnusedProcess) continue;
    // With the dead one's lock in our hands nobody else reaps or claims this slot.
    if (!try_lock_byte(file_.fd(), kFirstProcessLock + i, LockKind::exclusive)) continue;
    if (slot(i).pid.load() != kUnusedProcess) {
      on_death(i);
      for (std::uint32_t p = 0; p < geometry_.pins_per_process; ++p) pins_of(i)[p].store(0);
      slot(i).pid.store(kUnusedProcess);
      ++reaped;
    }
    unlock_byte(file_.fd(), kFirstProcessLock + i);
  }
  return reaped;
}

std::uint32_t ProcessTable::count() const {
  std::uint32_t n = 0;
  for (std::uint32_t i = 0; i < geometry_.processes; ++i) n += slot(i).pid.load() != kUnusedProcess ? 1U : 0U;
  return n;
}

Pin ProcessTable::pin(const BlockLife& life) {
  const std::uint32_t own = own_slot();
  if (own == kNone) return {};
  Shared<std::uint64_t>* pins = pins_of(own);
  // Before the pin itself: who finds no pins in use need not look at them (is_pinned).
  slot(own).pins_in_use.fetch_add(1);
  for (std::uint32_t i = 0; i < geometry_.pins_per_process; ++i) {
    std::uint64_t unused = 0;
    // Sequentially consistent, like the whole exchange with is_pinned(): see SegmentStore::pin.
    if (pins[i].load(std::memory_order_relaxed) == 0 && pins[i].compare_exchange_strong(unused, life.word())) {
      return {i, forks_.load()};
    }
  }
  slot(own).pins_in_use.fetch_sub(1);
  return {};
}

void ProcessTable::unpin(Pin pin) {
  const std::uint32_t own = own_.load();
  if (own == kNone || !pin || pin.forks != forks_.load()) return;
  pins_of(own)[pin.number].store(0);
  slot(own).pins_in_use.fetch_sub(1);
}

bool ProcessTable::is_pinned(const BlockLife& life) const {
  for (std::uint32_t i = 0; i < geometry_.processes; ++i) {
    if (slot(i).pid.load() == kUnusedProcess || slot(i).pins_in_use.load() == 0) continue;
    const Shared<std::uint64_t>* pins = pins_of(i);
    for (std::uint32_t p = 0; p < geometry_.pins_per_process; ++p) {
      if (pins[p].load() == life.word()) return true;
    }
  }
  return false;
}

}  // namespace freshet::segment
