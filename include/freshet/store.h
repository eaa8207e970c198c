// The Store seam: where entries live. Bytes in, bytes out, and the two protocols that make a cache correct: leases
// (one load per key) and fences (no fill survives the invalidation that came after its read).
//
// The segment store is the first implementation; Null and Chaos (testing.h) are others. A remote, slow, fallible store
// fits the same contract: every call may fail, a failure is a Reason, and nothing here throws after construction.
#pragma once

#include <freshet/reason.h>
#include <freshet/time.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

/// What is known of an entry besides its bytes. A store may round its instants down: stored_at to ten milliseconds, the
/// others to one; all of them to ten seconds and one second where they are more than a week away.
struct Meta {
  Instant stored_at{};
  /// Fresh before this instant.
  Instant fresh_until{};
  /// The last instant at which the entry may serve for anything (the longest of its stale spans); its memory may be
  /// taken back afterwards. Never before fresh_until.
  Instant keep_until{};
  /// How long its load took; zero where unknown.
  Duration load_cost{};
  /// The codec's word: encoding, compression, digest of the value's shape. Opaque to the store.
  std::uint32_t content = 0;
  /// Changes with every write of the key: for compare-and-set, and for whoever keeps a decoded copy. A store may change
  /// it without a write; equal versions always mean equal bytes.
  std::uint64_t version = 0;
};

/// The answer to a lookup. `found` entries may be stale: the policy decides what that means.
struct Fetch {
  bool found = false;
  /// Reason::hit when found, else why not (miss_absent, miss_evicted, miss_expired, miss_invalidated, ...).
  Reason reason = Reason::miss_absent;
  Meta meta;
  /// When found: the invalidation sequence at which the value was read at its source. A put of a value that is made of
  /// this one gives it on, or the new value could outlive an invalidation that was under way. 0 where unknown.
  std::uint64_t sequence = 0;
};

/// A value read in place. Holds memory of the store until destroyed; keep it short-lived.
/// Threads: one at a time. The spans together are the value's bytes, in order.
class PinnedValue {
 public:
  virtual ~PinnedValue() = default;
  virtual const Meta& meta() const noexcept = 0;
  virtual std::span<const std::span<const std::byte>> pieces() const noexcept = 0;
};

/// The right to load one key, and the fence that its fill must pass. Plain value; ends by put(), or by release().
struct Lease {
  /// Unique per grant within the store; 0 is no lease.
  std::uint64_t token = 0;
  /// The store's invalidation sequence when the lease was granted, before the load started.
  std::uint64_t sequence = 0;
  /// Where the store keeps it. Opaque.
  std::uint64_t place = 0;
  /// True when the grant took the lease over from an owner that died or overran its deadline.
  bool taken_over = false;
  explicit operator bool() const noexcept { return token != 0; }
};

struct Acquire {
  enum class Status : std::uint8_t {
    granted,      ///< `lease` is ours: load, then put() or release()
    busy,         ///< another caller loads; `lease` is the ticket to wait() on, not a right
    unavailable,  ///< no lease can be had (`reason` says why): load unshared, do not store
  };
  Status status = Status::unavailable;
  Lease lease;
  Reason reason = Reason::lease_table_full;
};

/// How a load ended, as its waiters see it.
enum class LoadEnd : std::uint8_t {
  stored,      ///< look again: the value is there
  not_stored,  ///< nothing was stored: waiters load by themselves, unshared, at once
  failed,      ///< the loader threw: waiters fail too
  superseded,  ///< the key was written, erased or invalidated meanwhile: look again, and load anew if need be
  owner_died,  ///< try to acquire: the lease can be taken over
  timeout,     ///< wait() gave up at its own deadline; the load goes on
};

struct Waited {
  LoadEnd end = LoadEnd::timeout;
  /// The loader's message, cut to what the store keeps (at least 100 bytes), when end is failed.
  std::string message;
};

enum class PutMode : std::uint8_t { set, add, replace, if_version };

struct PutRequest {
  std::string_view key;
  std::span<const std::byte> value;
  Meta meta;  ///< version is ignored, but for PutMode::if_version, where it is the version expected
  std::span<const std::string> tags;
  PutMode mode = PutMode::set;
  /// With a lease the put is a fill: it is refused if anything moved since the lease was granted. Ends the lease either
  /// way and wakes its waiters. A put without a lease supersedes any load of its key that is under way.
  Lease lease;
  /// What a put without a lease must not outlive: entries carry the sequence at which their value was read. 0: now.
  /// With a lease, the lease's sequence is used. It fences against tags and clear(); who must not overwrite a newer
  /// value, or bring back an erased one, asks for it by `mode`.
  std::uint64_t sequence = 0;
};

/// New times for an entry, in place. An unset field stays.
struct Retime {
  std::optional<Instant> fresh_until;
  std::optional<Instant> keep_until;
};

/// All that a store can tell of one key, for `explain`.
struct Explanation {
  Fetch fetch;  ///< as a lookup now would see it
  std::size_t key_bytes = 0;
  std::size_t value_bytes = 0;
  std::vector<std::string> tags;
  bool loading = false;  ///< a load of this key is under way
  /// Why the last lookup of this key that missed did so, where the store remembers, and when.
  std::optional<Reason> last_miss;
  Instant last_miss_at{};
  /// Hits seen since stored, saturating; a lower bound (S3-FIFO's small counter).
  std::uint32_t hits_at_least = 0;
  /// Which part of the store holds it: "small", "main".
  std::string_view queue;
};

/// Spans of time by power of two: bucket i counts spans in [2^i, 2^(i+1)) microseconds; bucket 0 also takes 0, and
/// the last one everything above.
inline constexpr std::size_t kHistogramBuckets = 32;
using Histogram = std::array<std::uint64_t, kHistogramBuckets>;

/// Counters since the store was created, over all processes, and gauges of now.
struct Stats {
  std::array<std::uint64_t, kReasonCount> count{};  ///< by Reason
  Histogram load_time{};
  std::uint64_t load_time_sum_us = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes_used = 0;      ///< bytes that hold entries, dead ones not yet reclaimed included
  std::uint64_t bytes_index = 0;     ///< bytes that say where entries are; the index grows with their number
  std::uint64_t bytes_capacity = 0;  ///< bytes for both
  std::uint64_t size_bytes = 0;      ///< the whole mapping
  std::uint64_t loads_under_way = 0;
  std::uint64_t processes = 0;
  std::string url;
  std::uint64_t operator[](Reason reason) const { return count[static_cast<std::size_t>(reason)]; }
};

/// Told of entries that left without being asked to: key and reason. Called after all locks are released, on the thread
/// whose put needed the room.
using RemovalListener = std::function<void(std::string_view key, Reason reason)>;

/// Threads: every member from any thread at once. Errors: nothing throws; trouble is a Reason. Keys are binary.
class Store {
 public:
  virtual ~Store() = default;

  /// Copies the value into `value` (its former content is replaced; capacity is reused) when found.
  virtual Fetch get(std::string_view key, Instant now, std::string& value) = 0;
  /// Reads in place. Returns null with `fetch.reason` set when there is nothing.
  virtual std::unique_ptr<PinnedValue> pin(std::string_view key, Instant now, Fetch& fetch) = 0;
  /// One lookup that copies what is small and pins what is not: a value of more than `copy_at_most` bytes comes back
  /// pinned, and `value` is then left as it was. Null otherwise, and then it is as with get(). A store may copy always.
  virtual std::unique_ptr<PinnedValue> get_or_pin(std::string_view key, Instant now, std::size_t /*copy_at_most*/,
                                                  std::string& value, Fetch& fetch) {
    fetch = get(key, now, value);
    return nullptr;
  }

  /// Returns Reason::stored, or a refused_* reason.
  virtual Reason put(const PutRequest& request) = 0;
  /// Returns Reason::erased or refused_absent. Supersedes a load of the key that is under way, in both cases.
  virtual Reason erase(std::string_view key) = 0;
  /// Returns Reason::updated or refused_absent. With a `fresh_until` not after `now` it also supersedes a load of the
  /// key that is under way, whose value was read before.
  virtual Reason retime(std::string_view key, Instant now, const Retime& times) = 0;

  /// Asks for the right to load `key`. An owner that lives may keep it for `deadline`; then waiters take over.
  virtual Acquire acquire(std::string_view key, Duration deadline) = 0;
  /// Blocks until the load that `ticket` names ends, or for `timeout`. Notices a dead owner within a second.
  virtual Waited wait(std::string_view key, const Lease& ticket, Duration timeout) = 0;
  /// Ends a lease without a put. `message` goes to the waiters when `end` is failed.
  virtual void release(std::string_view key, const Lease& lease, LoadEnd end, std::string_view message = {}) = 0;

  /// The invalidation sequence: read it before a load that has no lease.
  virtual std::uint64_t sequence() noexcept = 0;
  /// From the moment this returns, no entry with this tag that was read before the call is served, by anybody.
  virtual void invalidate_tag(std::string_view tag) = 0;
  /// The same for every entry.
  virtual void clear() = 0;

  virtual void count(Reason reason, std::uint64_t n = 1) noexcept = 0;
  /// Keeps why this key was missed last, for explain(). A store may forget it.
  virtual void remember_miss(std::string_view /*key*/, Reason /*reason*/, Instant /*at*/) noexcept {}
  /// Keeps when a load of this key failed while an older value stood in for it: for a pause before the next try. A
  /// store may forget it.
  virtual void remember_failure(std::string_view /*key*/, Instant /*at*/) noexcept {}
  virtual std::optional<Instant> failed_at(std::string_view /*key*/) noexcept { return std::nullopt; }
  virtual void observe_load(Duration took) noexcept = 0;
  virtual Stats stats() = 0;
  virtual Explanation explain(std::string_view key, Instant now) = 0;
  virtual void on_removal(RemovalListener listener) = 0;
  /// What opening had to say ("attached at the segment's existing size of ..."); often empty.
  virtual std::string notice() const { return {}; }
};

/// Of a key as the application gives it.
inline constexpr std::size_t kMaxKeyBytes = 64 * 1024;
/// Of a namespace with its version, and what separates them.
inline constexpr std::size_t kMaxScopeBytes = 4 * 1024;
/// Of a key as a store is given it: with its namespace and version before it.
inline constexpr std::size_t kMaxStoredKeyBytes = kMaxScopeBytes + kMaxKeyBytes;
/// Per entry, those included that the cache adds: one for each level of namespace, one for memoize.
inline constexpr std::size_t kMaxTags = 40;
inline constexpr std::size_t kMaxTagNamesBytes = 4096;

}  // namespace freshet
