// The contract of Store by a map, a mutex and a condition: what the segment does fast, done plainly.
#include <freshet/testing.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

namespace freshet::testing {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Ends of loads that nobody may ask for any more; enough for every thread that could still be about to wait.
constexpr std::size_t kEndedKept = 4096;

class Pinned final : public PinnedValue {
 public:
  Pinned(std::shared_ptr<const std::string> value, const Meta& meta)
      : value_(std::move(value)), meta_(meta), piece_(std::as_bytes(std::span(value_->data(), value_->size()))) {}
  const Meta& meta() const noexcept override { return meta_; }
  std::span<const std::span<const std::byte>> pieces() const noexcept override { return {&piece_, 1}; }

 private:
  std::shared_ptr<const std::string> value_;
  Meta meta_;
  std::span<const std::byte> piece_;
};

struct Entry {
  std::shared_ptr<const std::string> value;
  Meta meta;
  std::vector<std::string> tags;
  std::uint64_t sequence = 0;  // when its value was read
  std::uint64_t age = 0;       // place in the queue
  std::uint32_t hits = 0;
};

struct Loading {
  std::uint64_t token = 0;
  std::uint64_t sequence = 0;
  SteadyTime deadline;
};

struct Ended {
  LoadEnd end = LoadEnd::not_stored;
  std::string message;
};

// Beyond this, waiting is for ever: sums with the clock would overflow.
constexpr Duration kLongWait = std::chrono::hours(24 * 365);

class InProcessStore final : public Store {
 public:
  explicit InProcessStore(const InProcessOptions& options) : options_(options) {}

  Fetch get(std::string_view key, Instant now, std::string& value) override {
    const std::lock_guard lock(mutex_);
    Entry* entry = nullptr;
    const Fetch fetch = find(key, now, entry);
    if (fetch.found) {
      value = *entry->value;
      ++entry->hits;
    }
    return fetch;
  }

  std::unique_ptr<PinnedValue> pin(std::string_view key, Instant now, Fetch& fetch) override {
    const std::lock_guard lock(mutex_);
    Entry* entry = nullptr;
    fetch = find(key, now, entry);
    if (!fetch.found) return nullptr;
    return std::make_unique<Pinned>(entry->value, entry->meta);
  }

  Reason put(const PutRequest& request) override {
    Removed removed;
    Reason reason;
    {
      const std::lock_guard lock(mutex_);
      reason = put_locked(request, removed);
    }
    tell(removed);
    return reason;
  }

  Reason erase(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    supersede(key);
    const auto at = entries_.find(key);
    if (at == entries_.end()) return Reason::refused_absent;
    const bool was_valid = valid(at->second);
    drop(at);
    return was_valid ? Reason::erased : Reason::refused_absent;
  }

  Reason retime(std::string_view key, Instant now, const Retime& times) override {
    const std::lock_guard lock(mutex_);
    Entry* entry = nullptr;
    // Made stale: what is being loaded was read before, so it may not be stored as fresh.
    if (times.fresh_until && *times.fresh_until <= now) supersede(key);
    if (!find(key, now, entry).found) return Reason::refused_absent;
    if (times.fresh_until) entry->meta.fresh_until = *times.fresh_until;
    if (times.keep_until) entry->meta.keep_until = *times.keep_until;
    entry->meta.keep_until = std::max(entry->meta.keep_until, entry->meta.fresh_until);
    return Reason::updated;
  }

  Acquire acquire(std::string_view key, Duration deadline) override {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = std::chrono::steady_clock::now();
    Acquire acquired;
    if (is_bad(key)) {
      acquired.reason = Reason::refused_bad_key;
      return acquired;
    }
    auto at = loading_.find(key);
    if (at != loading_.end() && now < at->second.deadline) {
      acquired.status = Acquire::Status::busy;
      acquired.lease = lease_of(at->second);
      return acquired;
    }
    if (at != loading_.end()) {
      end(at->second.token, LoadEnd::owner_died, {});
      acquired.lease.taken_over = true;
    } else if (loading_.size() >= options_.leases) {
      return acquired;
    } else {
      at = loading_.emplace(std::string(key), Loading{}).first;
    }
    at->second = {++last_token_, sequence_, now + std::min(deadline, kLongWait)};
    acquired.status = Acquire::Status::granted;
    const bool taken_over = acquired.lease.taken_over;
    acquired.lease = lease_of(at->second);
    acquired.lease.taken_over = taken_over;
    return acquired;
  }

  Waited wait(std::string_view key, const Lease& ticket, Duration timeout) override {
    std::unique_lock lock(mutex_);
    const SteadyTime give_up = std::chrono::steady_clock::now() + std::min(timeout, kLongWait);
    for (;;) {
      if (const auto at = ended_.find(ticket.token); at != ended_.end()) return {at->second.end, at->second.message};
      const auto at = loading_.find(key);
      // Neither loading nor remembered: it ended long ago.
      if (at == loading_.end() || at->second.token != ticket.token) return {LoadEnd::superseded, {}};
      const SteadyTime now = std::chrono::steady_clock::now();
      if (now >= at->second.deadline) return {LoadEnd::owner_died, {}};
      if (now >= give_up) return {LoadEnd::timeout, {}};
      // A copy: the entry may be gone while the lock is.
      const SteadyTime until = std::min(give_up, at->second.deadline);
      changed_.wait_until(lock, until);
    }
  }

  void release(std::string_view key, const Lease& lease, LoadEnd how, std::string_view message) override {
    const std::lock_guard lock(mutex_);
    const auto at = loading_.find(key);
    if (at == loading_.end() || at->second.token != lease.token) return;
    loading_.erase(at);
    end(lease.token, how, message);
  }

  std::uint64_t sequence() noexcept override {
    const std::lock_guard lock(mutex_);
    return sequence_;
  }
  void invalidate_tag(std::string_view tag) override {
    const std::lock_guard lock(mutex_);
    tags_[std::string(tag)] = ++sequence_;
  }
  void clear() override {
    const std::lock_guard lock(mutex_);
    cleared_ = ++sequence_;
  }

  void count(Reason reason, std::uint64_t n) noexcept override {
    const std::lock_guard lock(mutex_);
    stats_.count[static_cast<std::size_t>(reason)] += n;
  }
  void remember_miss(std::string_view key, Reason reason, Instant at) noexcept override {
    const std::lock_guard lock(mutex_);
    if (misses_.size() >= options_.entries) misses_.clear();
    misses_[std::string(key)] = {reason, at};
  }
  void remember_failure(std::string_view key, Instant at) noexcept override {
    const std::lock_guard lock(mutex_);
    if (failures_.size() >= options_.entries) failures_.clear();
    failures_[std::string(key)] = at;
  }
  std::optional<Instant> failed_at(std::string_view key) noexcept override {
    const std::lock_guard lock(mutex_);
    const auto at = failures_.find(key);
    return at == failures_.end() ? std::nullopt : std::optional(at->second);
  }
  void observe_load(Duration took) noexcept override {
    const std::lock_guard lock(mutex_);
    const auto micros = static_cast<std::uint64_t>(std::max<Duration::rep>(took.count(), 0));
    const std::size_t bucket = micros == 0 ? 0 : static_cast<std::size_t>(std::bit_width(micros)) - 1;
    ++stats_.load_time[std::min(bucket, kHistogramBuckets - 1)];
    stats_.load_time_sum_us += micros;
  }
  Stats stats() override {
    const std::lock_guard lock(mutex_);
    Stats stats = stats_;
    stats.entries = entries_.size();
    for (const auto& [key, entry] : entries_) stats.bytes_used += key.size() + entry.value->size();
    stats.loads_under_way = loading_.size();
    stats.processes = 1;
    stats.url = "memory:";
    return stats;
  }

  Explanation explain(std::string_view key, Instant now) override {
    const std::lock_guard lock(mutex_);
    Explanation explanation;
    Entry* entry = nullptr;
    explanation.fetch = find(key, now, entry);
    explanation.key_bytes = key.size();
    explanation.loading = loading_.contains(std::string(key));
    if (explanation.fetch.found) {
      explanation.value_bytes = entry->value->size();
      explanation.tags = entry->tags;
      explanation.hits_at_least = entry->hits;
      explanation.queue = "main";
    }
    if (const auto at = misses_.find(std::string(key)); at != misses_.end()) {
      explanation.last_miss = at->second.first;
      explanation.last_miss_at = at->second.second;
    }
    return explanation;
  }
  void on_removal(RemovalListener listener) override {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }

 private:
  using Entries = std::map<std::string, Entry, std::less<>>;
  using Removed = std::vector<std::pair<std::string, Reason>>;

  static bool is_bad(std::string_view key) { return key.empty() || key.size() > kMaxStoredKeyBytes; }

  static Lease lease_of(const Loading& loading) {
    Lease lease;
    lease.token = loading.token;
    lease.sequence = loading.sequence;
    return lease;
  }

  std::uint64_t invalidated_at(const std::string& tag) const {
    const auto at = tags_.find(tag);
    return at == tags_.end() ? 0 : at->second;
  }

  bool fenced(std::uint64_t read_at, std::span<const std::string> tags) const {
    return read_at < cleared_ ||
           std::ranges::any_of(tags, [&](const std::string& tag) { return read_at < invalidated_at(tag); });
  }
  bool valid(const Entry& entry) const { return !fenced(entry.sequence, entry.tags); }

  Fetch find(std::string_view key, Instant now, Entry*& entry) {
    Fetch fetch;
    const auto at = entries_.find(key);
    if (is_bad(key)) {
      fetch.reason = Reason::miss_bad_key;
    } else if (at == entries_.end()) {
      fetch.reason = evicted_.contains(std::string(key)) ? Reason::miss_evicted : Reason::miss_absent;
    } else if (!valid(at->second)) {
      fetch.reason = Reason::miss_invalidated;
    } else if (now >= at->second.meta.keep_until && now >= at->second.meta.fresh_until) {
      fetch.reason = Reason::miss_expired;
    } else {
      entry = &at->second;
      fetch.found = true;
      fetch.reason = Reason::hit;
      fetch.meta = entry->meta;
      fetch.sequence = entry->sequence;
    }
    return fetch;
  }

  Reason put_locked(const PutRequest& request, Removed& removed) {
    const bool fill = static_cast<bool>(request.lease);
    if (fill) {
      const auto at = loading_.find(request.key);
      if (at == loading_.end() || at->second.token != request.lease.token) {
        const auto ended = ended_.find(request.lease.token);
        const bool taken = ended != ended_.end() && ended->second.end == LoadEnd::owner_died;
        return taken ? Reason::refused_lease_lost : Reason::refused_key_changed;
      }
      loading_.erase(at);
    }
    const Reason reason = store(request, removed);
    if (fill) {
      const LoadEnd how = reason == Reason::stored                ? LoadEnd::stored
                          : reason == Reason::refused_invalidated ? LoadEnd::superseded
                                                                  : LoadEnd::not_stored;
      end(request.lease.token, how, {});
    } else if (reason == Reason::stored) {
      supersede(request.key);
    }
    return reason;
  }

  Reason store(const PutRequest& request, Removed& removed) {
    if (is_bad(request.key)) return Reason::refused_bad_key;
    std::size_t tag_bytes = 0;
    for (const std::string& tag : request.tags) tag_bytes += tag.size();
    if (request.tags.size() > kMaxTags || tag_bytes > kMaxTagNamesBytes) return Reason::refused_too_many_tags;
    if (request.value.size() > options_.max_value_bytes) return Reason::refused_too_large;
    const std::uint64_t read_at = request.lease           ? request.lease.sequence
                                  : request.sequence != 0 ? request.sequence
                                                          : sequence_;
    if (fenced(read_at, request.tags)) return Reason::refused_invalidated;

    Entry* old = nullptr;
    const bool there = find(request.key, request.meta.stored_at, old).found;
    if (request.mode == PutMode::add && there) return Reason::refused_exists;
    if (request.mode == PutMode::replace && !there) return Reason::refused_absent;
    if (request.mode == PutMode::if_version && (!there || old->meta.version != request.meta.version)) {
      return Reason::refused_version;
    }

    if (const auto at = entries_.find(request.key); at != entries_.end()) {
      if (valid(at->second)) ++stats_.count[static_cast<std::size_t>(Reason::replaced)];
      drop(at);
    }
    while (!queue_.empty() && entries_.size() >= options_.entries) evict(removed);
    Entry& entry = entries_[std::string(request.key)];
    entry.value =
        std::make_shared<const std::string>(reinterpret_cast<const char*>(request.value.data()), request.value.size());
    entry.meta = request.meta;
    entry.meta.keep_until = std::max(request.meta.keep_until, request.meta.fresh_until);
    entry.meta.version = ++last_version_;
    entry.tags.assign(request.tags.begin(), request.tags.end());
    entry.sequence = read_at;
    entry.age = last_version_;
    queue_[entry.age] = request.key;
    evicted_.erase(std::string(request.key));
    return Reason::stored;
  }

  void evict(Removed& removed) {
    const auto at = entries_.find(queue_.begin()->second);
    const Reason reason = at->second.hits == 0 ? Reason::evicted_unused : Reason::evicted_cold;
    removed.emplace_back(at->first, reason);
    ++stats_.count[static_cast<std::size_t>(reason)];
    if (evicted_.size() >= options_.entries) evicted_.clear();
    evicted_.emplace(at->first, true);
    drop(at);
  }

  void drop(Entries::iterator at) {
    queue_.erase(at->second.age);
    entries_.erase(at);
  }

  void supersede(std::string_view key) {
    const auto at = loading_.find(key);
    if (at == loading_.end()) return;
    const std::uint64_t token = at->second.token;
    loading_.erase(at);
    end(token, LoadEnd::superseded, {});
  }

  void end(std::uint64_t token, LoadEnd how, std::string_view message) {
    ended_[token] = {how, std::string(message)};
    if (ended_.size() > kEndedKept) ended_.erase(ended_.begin());
    changed_.notify_all();
  }

  void tell(const Removed& removed) {
    if (removed.empty()) return;
    RemovalListener listener;
    {
      const std::lock_guard lock(mutex_);
      listener = listener_;
    }
    if (!listener) return;
    for (const auto& [key, reason] : removed) listener(key, reason);
  }

  const InProcessOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Entries entries_;
  std::map<std::uint64_t, std::string> queue_;  // by age: the first is evicted next
  std::unordered_map<std::string, bool> evicted_;
  std::unordered_map<std::string, std::pair<Reason, Instant>> misses_;
  std::map<std::string, Instant, std::less<>> failures_;
  std::map<std::string, Loading, std::less<>> loading_;
  std::map<std::uint64_t, Ended> ended_;
  std::unordered_map<std::string, std::uint64_t> tags_;
  std::uint64_t sequence_ = 1;
  std::uint64_t cleared_ = 0;
  std::uint64_t last_token_ = 0;
  std::uint64_t last_version_ = 0;
  Stats stats_;
  RemovalListener listener_;
};

}  // namespace

std::shared_ptr<Store> in_process_store(const InProcessOptions& options) {
  return std::make_shared<InProcessStore>(options);
}

}  // namespace freshet::testing
