#include "segment/segment.h"

#include "platform/byte_lock.h"
#include "platform/pause_point.h"

#include <freshet/error.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace freshet::segment {
namespace {

using platform::LockKind;

constexpr std::int64_t kReapPeriodUs = 500'000;

std::uint64_t checksum(const Superblock& superblock) {
  return XXH3_64bits(&superblock, offsetof(Superblock, checksum));
}

[[noreturn]] void refuse(const Placement& placement, const std::string& problem, const std::string& mend) {
  throw ConfigError("cannot open " + placement.url + " (" + placement.path + "): " + problem + "; " + mend);
}

std::string remove_mend(const Placement& placement) {
  return "if nothing needs it any more, remove it: rm '" + placement.path + "'";
}

[[noreturn]] void refuse_foreign(const Placement& placement) {
  refuse(placement, "it is not a Freshet segment", "choose another path; or, " + remove_mend(placement));
}

std::string octal(unsigned mode) {
  char text[8];
  std::snprintf(text, sizeof(text), "%04o", mode);
  return text;
}

// Whether the file begins as a segment does, or as one whose creator died over it.
bool begins_as_segment(int fd) {
  char magic[sizeof(kMagic)];
  static_assert(sizeof(kUnfinishedMagic) == sizeof(kMagic));
  return pread(fd, magic, sizeof(magic), 0) == static_cast<ssize_t>(sizeof(magic)) &&
         (std::memcmp(magic, kMagic, sizeof(kMagic)) == 0 ||
          std::memcmp(magic, kUnfinishedMagic, sizeof(kUnfinishedMagic)) == 0);
}

void check_owner(const Placement& placement, const struct stat& status, int fd) {
  if (!S_ISREG(status.st_mode)) refuse(placement, "it is not a regular file", "choose another path");
  // First of all: nobody shall be told to change the mode or the group of a file that is not ours.
  if (status.st_size != 0 && !begins_as_segment(fd)) refuse_foreign(placement);
  const unsigned mode = status.st_mode & 0777;
  if ((mode & ~placement.mode) != 0) {
    refuse(placement, "its mode is " + octal(mode) + ", wider than the " + octal(placement.mode) + " asked for",
           "other users could read or poison the cache: chmod " + octal(placement.mode) + " '" + placement.path +
               (mode & 0007 ? "'" : "', or ask for mode=" + octal(mode)));
  }
  if (!placement.group.empty()) {
    const auto group = platform::group_id(placement.group);
    if (!group) refuse(placement, "there is no group \"" + placement.group + "\"", "name an existing group");
    if (status.st_gid != *group) {
      refuse(placement, "it belongs to group " + std::to_string(status.st_gid) + ", not to " + placement.group,
             "chgrp " + placement.group + " '" + placement.path + "'");
    }
    return;  // members of the group share it, whoever created it
  }
  if (status.st_uid != geteuid()) {
    refuse(placement,
           "it belongs to user " + std::to_string(status.st_uid) + ", and this process runs as user " +
               std::to_string(geteuid()),
           "run as that user, choose another name, or share it: mode=0660&group=NAME");
  }
}

platform::File open_file(const Placement& placement, IfAbsent if_absent, bool& created) {
  created = false;
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  for (int attempt = 0; attempt < 16; ++attempt) {
    int fd = ::open(placement.path.c_str(), flags);
    if (fd >= 0) return platform::File(fd);
    if (errno == ENOENT && if_absent == IfAbsent::refuse) {
      refuse(placement, "there is no segment", "check the name; an application creates it when it opens this URL");
    }
    if (errno == ENOENT) {
      fd = ::open(placement.path.c_str(), flags | O_CREAT | O_EXCL, 0600);
      if (fd >= 0) {
        created = true;
        return platform::File(fd);
      }
      if (errno == EEXIST) continue;  // somebody else created it in between
    }
    const int error = errno;
    const std::string mend = error == EACCES   ? "run as the user who owns it, or share it: mode=0660&group=NAME"
                             : error == ELOOP  ? "it is a symbolic link: name the file itself"
                             : error == ENOENT ? "create the directory first"
                                               : "check the path";
    refuse(placement, std::strerror(error), mend);
  }
  refuse(placement, "it appears and disappears", "see who removes it");
}

void set_owner(const Placement& placement, int fd) {
  if (!placement.group.empty()) {
    const auto group = platform::group_id(placement.group);
    if (!group) refuse(placement, "there is no group \"" + placement.group + "\"", "name an existing group");
    if (fchown(fd, static_cast<uid_t>(-1), *group) != 0) {
      refuse(placement, "cannot give it to group " + placement.group + ": " + std::strerror(errno),
             "run as a member of that group");
    }
  }
  // Set explicitly: the umask must not narrow what was asked for.
  if (fchmod(fd, placement.mode) != 0) refuse(placement, std::strerror(errno), "check the file system");
}

void reserve_space(const Placement& placement, int fd, std::uint64_t bytes) {
  // Reserving more memory than there is would not fail: the kernel would kill processes to make room.
  if (const auto available = platform::memory_behind(fd); available && bytes > *available) {
    refuse(placement, "cannot reserve " + format_size(bytes) + " of memory: " + format_size(*available) + " available",
           "ask for a smaller size, raise the memory limit, or keep the segment on a disk with file:/path");
  }
  const int error = platform::reserve(fd, bytes, {kUnfinishedMagic, sizeof(kUnfinishedMagic)});
  if (error == 0) return;
  std::string problem = "cannot reserve " + format_size(bytes) + ": " + std::strerror(error);
  struct statvfs room {};
  if (error == ENOSPC && fstatvfs(fd, &room) == 0) {
    problem += " (" + format_size(room.f_bavail * room.f_frsize) + " free)";
  }
  refuse(placement, problem,
         placement.kind == PlacementKind::file
             ? "free disk space or ask for a smaller size"
             : "ask for a smaller size, or enlarge the shared memory: mount -o remount,size=... /dev/shm "
               "(in a container: --shm-size)");
}

// Null when the superblock is one that we can attach to; else what is wrong with it.
const char* defect(const Superblock& superblock, std::uint64_t got, std::uint64_t file_bytes) {
  if (got < sizeof(kMagic) || std::memcmp(superblock.magic, kMagic, sizeof(kMagic)) != 0) {
    return "it is not a Freshet segment";
  }
  if (got < sizeof(superblock)) return "it is truncated";
  if (superblock.format != kFormat) return "another version of Freshet wrote it, in another format";
  if (superblock.abi != abi_fingerprint()) return "a build of Freshet with other structures wrote it";
  if (superblock.checksum != checksum(superblock)) return "its header is corrupted";
  const std::uint64_t size = superblock.geometry.size_bytes;
  if (size < kMinSizeBytes || size > kMaxSizeBytes || !(superblock.geometry == Geometry::of(size))) {
    return "its header is corrupted";
  }
  if (file_bytes < size) return "it is truncated";
  return nullptr;
}

// Whether this boot of the machine wrote it. The field may be damaged, and not end.
bool same_boot(const Superblock& superblock) {
  const std::string_view noted(superblock.boot_id, sizeof(superblock.boot_id));
  return noted.substr(0, noted.find('\0')) == platform::boot_id();
}

}  // namespace

Segment::Segment(Placement placement, platform::File file, platform::Mapping mapping, const Geometry& g)
    : placement_(std::move(placement)),
      mapping_(std::move(mapping)),
      geometry(g),
      superblock(*part<Superblock>(0)),
      shards(part<Shard>(g.shards_at + sizeof(Pool))),
      processes(mapping_.data() + g.processes_at, geometry, std::move(file)),
      pool(*part<Pool>(g.shards_at), part<BlockDescriptor>(g.descriptors_at), geometry, processes),
      log(mapping_.data() + g.log_at, geometry, pool, shards),
      admission(*part<EvictionState>(g.eviction_at), g.log_bytes()),
      index(Directory(part<Shared<std::uint64_t>>(g.directories_at), mapping_.data() + g.log_at, pool, geometry),
            admission, geometry, superblock.hash_secret),
      tags(superblock, part<Shared<std::uint64_t>>(g.tags_at), geometry),
      leases(superblock, part<LeaseEntry>(g.leases_at), shards, geometry, processes),
      counters(part<CounterStripe>(g.counters_at), part<RememberedMiss>(g.misses_at), geometry) {}

// A freshly reserved file is all zeros, which is the right start for every table but the ones below.
void Segment::format(std::byte* at, const Geometry& g) {
  auto& superblock = *reinterpret_cast<Superblock*>(at);
  superblock.format = kFormat;
  superblock.abi = abi_fingerprint();
  superblock.geometry = g;
  superblock.sequence.store(1);  // 0 means "now" to whoever writes without a lease
  platform::random_bytes(superblock.hash_secret, sizeof(superblock.hash_secret));
  platform::pause_point("segment.formatting");
  auto* shards = reinterpret_cast<Shard*>(at + g.shards_at + sizeof(Pool));
  for (std::uint32_t i = 0; i < g.shards; ++i) {
    shards[i].mutex.initialise();
    std::fill(std::begin(shards[i].open_block), std::end(shards[i].open_block), kNone);
  }
  platform::File none;
  ProcessTable processes(at + g.processes_at, g, std::move(none));
  BlockPool pool(*reinterpret_cast<Pool*>(at + g.shards_at), reinterpret_cast<BlockDescriptor*>(at + g.descriptors_at),
                 g, processes);
  pool.format();
  Directory(reinterpret_cast<Shared<std::uint64_t>*>(at + g.directories_at), at + g.log_at, pool, g).format();
  Admission::format(*reinterpret_cast<EvictionState*>(at + g.eviction_at), g.log_bytes());
  // Last: from here on it is a segment.
  std::memcpy(superblock.magic, kMagic, sizeof(kMagic));
  superblock.checksum = checksum(superblock);
  platform::pause_point("segment.formatted");
}

// Changes nothing, so that what is refused is left as it was.
const char* Segment::damage(std::byte* at, const Geometry& g, bool alone) {
  auto& superblock = *reinterpret_cast<Superblock*>(at);
  if (alone && !Tags(superblock, reinterpret_cast<Shared<std::uint64_t>*>(at + g.tags_at), g).is_sound()) {
    return "its invalidations are corrupted";
  }
  platform::File none;
  ProcessTable processes(at + g.processes_at, g, std::move(none));
  BlockPool pool(*reinterpret_cast<Pool*>(at + g.shards_at), reinterpret_cast<BlockDescriptor*>(at + g.descriptors_at),
                 g, processes);
  const Directory directory(reinterpret_cast<Shared<std::uint64_t>*>(at + g.directories_at), at + g.log_at, pool, g);
  return directory.is_sound(alone) ? nullptr : "its index is corrupted";
}

std::unique_ptr<Segment> Segment::open(const Placement& asked, IfAbsent if_absent) {
  Placement placement = asked;
  bool created = false;
  platform::File file;
  std::string notice;
  for (int attempt = 0;; ++attempt) {
    file = placement.kind == PlacementKind::memory ? platform::create_nameless("freshet")
                                                   : open_file(placement, if_absent, created);
    if (placement.kind == PlacementKind::memory) created = true;
    if (!platform::lock_byte(file.fd(), kFormatLock, LockKind::exclusive)) {
      refuse(placement, "its file system has no file locks", "use a local file system");
    }
    if (placement.kind == PlacementKind::memory) break;
    // While we waited for the lock its creator may have failed and removed the file: then ours has no name any more.
    struct stat ours {};
    struct stat named {};
    if (fstat(file.fd(), &ours) == 0 && ::stat(placement.path.c_str(), &named) == 0 && ours.st_ino == named.st_ino) {
      break;
    }
    if (attempt == 16) refuse(placement, "it appears and disappears", "see who removes it");
  }

  struct stat status {};
  if (fstat(file.fd(), &status) != 0) refuse(placement, std::strerror(errno), "check the file system");
  auto file_bytes = static_cast<std::uint64_t>(status.st_size);
  // Whoever has the lock and finds an empty file formats it, whether or not it was the one who created it.
  bool fresh = file_bytes == 0;
  if (!created) check_owner(placement, status, file.fd());
  const bool alone = platform::try_lock_byte(file.fd(), kAttachedLock, LockKind::exclusive);

  if (!fresh) {
    Superblock found{};
    const ssize_t got = pread(file.fd(), static_cast<void*>(&found), sizeof(found), 0);
    // Its creator died while it formatted: nothing is lost by starting again.
    fresh = got >= static_cast<ssize_t>(sizeof(kUnfinishedMagic)) &&
            std::memcmp(found.magic, kUnfinishedMagic, sizeof(kUnfinishedMagic)) == 0;
    if (!fresh) {
      if (const char* problem = defect(found, static_cast<std::uint64_t>(std::max<ssize_t>(got, 0)), file_bytes)) {
        refuse(placement, problem, remove_mend(placement));
      }
      const std::uint64_t size = found.geometry.size_bytes;
      const std::uint64_t wanted = placement.size_bytes & ~std::uint64_t{4095};
      if (alone && found.state.load() != SegmentState::closed && !same_boot(found)) {
        fresh = true;
        notice = "the machine went down while the segment was in use; it starts empty";
      } else if (wanted != 0 && wanted != size && alone) {
        fresh = true;
        notice = "the segment had " + format_size(size) + " and was created anew with " + format_size(wanted);
      } else if (wanted != 0 && wanted != size) {
        notice = "attached at the segment's existing size of " + format_size(size) + " instead of " +
                 format_size(wanted) + ": other processes are using it";
      }
      file_bytes = size;
      if (fresh && placement.size_bytes == 0) placement.size_bytes = size;
    }
  }

  if (fresh) {
    if (!alone) refuse(placement, "it was truncated while processes use it", "stop them, then remove the file");
    if (if_absent == IfAbsent::refuse) {
      // Whoever only wants to look must not be the one who empties it.
      refuse(placement, notice.empty() ? "there is no segment in it yet" : "the machine went down while it was in use",
             "the next application that opens it starts it empty: start that first");
    }
    if (placement.size_bytes == 0) placement.size_bytes = kDefaultSizeBytes;
    file_bytes = Geometry::of(placement.size_bytes).size_bytes;
    try {
      if (placement.kind != PlacementKind::memory) set_owner(placement, file.fd());
      reserve_space(placement, file.fd(), file_bytes);
    } catch (...) {
      // The lock is still ours, and whoever waits for it looks whether the name is still there.
      if ((created || status.st_size == 0) && placement.kind != PlacementKind::memory) ::unlink(placement.path.c_str());
      throw;
    }
  }

  const int fd = file.fd();
  // Through another open file description than the one that holds our locks: a mapping keeps its description open, and
  // a child of fork() inherits the mapping. The locks of a dead parent would live as long as its children.
  const platform::File unlocked(platform::reopen(fd));
  platform::Mapping mapping(unlocked ? unlocked.fd() : fd, file_bytes);
  const Geometry g = Geometry::of(file_bytes);
  if (fresh) {
    format(mapping.data(), g);
  } else if (const char* problem = damage(mapping.data(), g, alone)) {
    refuse(placement, problem, remove_mend(placement));
  }
  std::unique_ptr<Segment> segment(new Segment(std::move(placement), std::move(file), std::move(mapping), g));
  segment->notice_ = std::move(notice);
  if (alone) {
    // Nobody else: locks that a power failure or a kill left behind are made new.
    if (!fresh) {
      segment->pool.recover();
      segment->admission.recover();
      segment->leases.recover();
      for (std::uint32_t i = 0; i < g.shards; ++i) {
        segment->shards[i].mutex.initialise();
        segment->mend_shard(static_cast<std::uint16_t>(i));
        segment->forget_lost_blocks(static_cast<std::uint16_t>(i));
      }
    }
    segment->superblock.state.store(SegmentState::in_use);
    std::memset(segment->superblock.boot_id, 0, sizeof(segment->superblock.boot_id));
    platform::boot_id().copy(segment->superblock.boot_id, sizeof(segment->superblock.boot_id) - 1);
    // On the disk before any change is: else a power failure could leave a file that calls itself closed and is not.
    segment->sync(kSuperblockBytes);
  }
  platform::try_lock_byte(fd, kAttachedLock, LockKind::shared);
  platform::unlock_byte(fd, kFormatLock);
  segment->reap();
  if (segment->processes.own_slot() == kNone) {
    refuse(segment->placement_, "all " + std::to_string(g.processes) + " places for processes are taken",
           "use a larger size (32 places at 1MiB, 256 from 16MiB) or fewer processes");
  }
  return segment;
}

void Segment::sync(std::uint64_t bytes) const {
  // What cannot be written is not trusted after a power failure either way: there is nobody to tell it to here.
  if (placement_.kind == PlacementKind::file) static_cast<void>(mapping_.sync(bytes));
}

Segment::~Segment() {
  // A load or a cleaning that is cut short by the end of this object: else whoever gets our slot next would be taken
  // for its owner.
  if (const std::uint32_t own = processes.own_slot(); own != kNone) {
    leases.take_back_from(own);
    pool.take_back_from(own);
    processes.leave();
  }
  const int fd = processes.file().fd();
  if (fd < 0) return;
  // The last one to leave marks the segment as closed cleanly: a file then survives the machine's restart.
  if (platform::try_lock_byte(fd, kFormatLock, LockKind::exclusive)) {
    if (platform::try_lock_byte(fd, kAttachedLock, LockKind::exclusive)) {
      // Content first: a file that says closed is believed after a power failure.
      sync(geometry.size_bytes);
      superblock.state.store(SegmentState::closed);
      sync(kSuperblockBytes);
    }
    platform::unlock_byte(fd, kFormatLock);
  }
}

Segment::ShardLock::ShardLock(Segment& segment, std::uint16_t shard)
    : lock_(segment.shards[shard].mutex, [&segment, shard] {
        segment.counters.add(Reason::lock_recovered);
        segment.mend_shard(shard);
      }) {}

// Slots are single words and records are published after they are whole, so a crash under the shard's lock leaves only
// sums that may be off, blocks that may be half linked, and a page that is half split: the sums are taken anew, the
// blocks are left to the cleaner, the split is ended.
void Segment::mend_shard(std::uint16_t shard) {
  log.abandon_open_blocks(shard);
  leases.recount(shard);
  shards[shard].entries.store(index.mend(shard));
}

// In a damaged file blocks can be lost: a slot that leads into one would lead into another entry's bytes once the block
// is filled again.
void Segment::forget_lost_blocks(std::uint16_t shard) {
  index.for_each_slot(shard, [&](Shared<std::uint64_t>& place) {
    const Slot slot{place.load(std::memory_order_relaxed)};
    if (!slot.is_entry()) return;
    const RecordRef ref = log.ref_of(slot);
    if (ref.life.block != kNone && pool[ref.life.block].shard == shard && ref.life.generation % 2 != 0) return;
    place.store(0, std::memory_order_release);
    shards[shard].entries.fetch_sub(1, std::memory_order_relaxed);
    counters.add(Reason::lost_in_crash);
  });
}

void Segment::forget_block(std::uint16_t shard, std::uint32_t block) {
  index.for_each_slot(shard, [&](Shared<std::uint64_t>& place) {
    const Slot slot{place.load(std::memory_order_relaxed)};
    if (!slot.is_entry() || slot.log_offset() / geometry.block_bytes != block) return;
    place.store(0, std::memory_order_release);
    shards[shard].entries.fetch_sub(1, std::memory_order_relaxed);
    counters.add(Reason::lost_in_crash);
  });
}

void Segment::reap_now_and_then() {
  const std::int64_t now = platform::host_monotonic_us();
  std::int64_t last = superblock.reaped_at.load();
  // After a restart of the machine its clock may show less than what is noted.
  if (last <= now && now - last < kReapPeriodUs) return;
  if (superblock.reaped_at.compare_exchange_strong(last, now)) reap();
}

void Segment::reap() {
  processes.reap([this](std::uint32_t dead) {
    counters.add(Reason::process_died);
    leases.take_back_from(dead);
    pool.take_back_from(dead);
  });
}

}  // namespace freshet::segment
