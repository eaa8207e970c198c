// Which processes are attached, whether they live, and what they hold pinned.
//
// A process owns slot i while it holds byte lock i of the segment's file. The kernel drops that lock when the process
// dies, however it dies: whoever needs to know asks the lock, never a process id (which may be reused, or mean
// something else in another container).
#pragma once

#include "platform/mapped_file.h"
#include "segment/layout.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

namespace freshet::segment {

/// Byte locks of the segment's file.
enum FileLock : std::uint64_t {
  kFormatLock = 0,    ///< exclusive: formats or validates
  kAttachedLock = 1,  ///< shared: attached; exclusive: nobody else is
  kFirstProcessLock = 64,
};

/// A place among the pins of this process. Worth nothing in a child that inherited it by fork().
struct Pin {
  std::uint32_t number = kNone;
  std::uint32_t forks = 0;
  explicit operator bool() const { return number != kNone; }
};

/// Threads: all members from any thread at once.
class ProcessTable {
 public:
  ProcessTable(std::byte* at, const Geometry& geometry, platform::File file);
  ~ProcessTable();

  /// Our own slot. Claimed at attach, and again in a child after fork(). kNone: none could be had (no free slot, or the
  /// file could not be opened again): the caller works without leases and pins.
  std::uint32_t own_slot();
  /// The same slot itself; null for none.
  ProcessSlot* own();
  /// False only when the process that owned `slot` is gone.
  bool lives(std::uint32_t slot);
  /// Takes back the slots of the dead. Returns how many. `on_death` is told each slot, while nobody else can claim it.
  std::uint32_t reap(const std::function<void(std::uint32_t slot)>& on_death);
  std::uint32_t count() const;

  /// Protects one life of one block from being overwritten. False when all pins are in use.
  /// The caller checks afterwards that the block still lives that life; else it unpins.
  Pin pin(const BlockLife& life);
  void unpin(Pin pin);
  bool is_pinned(const BlockLife& life) const;

  const platform::File& file() const { return file_; }

  /// Our slot is anybody's again. What it held must have been taken back.
  void leave();

  /// In the child, right after fork(): the inherited descriptor keeps the parent's locks alive, so it is replaced.
  void reopen_in_child() noexcept;

 private:
  ProcessSlot& slot(std::uint32_t index) const;
  Shared<std::uint64_t>* pins_of(std::uint32_t index) const;
  std::uint32_t claim();

  std::byte* at_;
  const Geometry& geometry_;
  platform::File file_;
  platform::File inherited_;  ///< the parent's, where a child could not get one of its own
  std::mutex claiming_;       ///< between threads of this process: byte locks do not tell them apart
  std::atomic<std::uint32_t> own_{kNone};
  std::atomic<bool> claimed_{false};
  std::atomic<std::uint32_t> forks_{0};  ///< how many forks lie between the opener and this process
};

}  // namespace freshet::segment
