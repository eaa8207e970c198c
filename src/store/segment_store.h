// The Store on a shared segment: the operations, composed of the segment's parts.
//
// A lookup takes no lock and allocates nothing beyond the caller's copy. Everything that changes an entry holds the
// lock of its shard, for as long as a copy of the value takes at most; large values are copied outside of it.
#pragma once

#include "segment/eviction.h"
#include "segment/segment.h"

#include <freshet/store.h>

#include <memory>
#include <mutex>
#include <optional>

namespace freshet {

class ValueInPlace;

class SegmentStore final : public Store {
 public:
  explicit SegmentStore(std::unique_ptr<segment::Segment> segment);

  Fetch get(std::string_view key, Instant now, std::string& value) override;
  std::unique_ptr<PinnedValue> pin(std::string_view key, Instant now, Fetch& fetch) override;
  std::unique_ptr<PinnedValue> get_or_pin(std::string_view key, Instant now, std::size_t copy_at_most,
                                          std::string& value, Fetch& fetch) override;
  Reason put(const PutRequest& request) override;
  Reason erase(std::string_view key) override;
  Reason retime(std::string_view key, Instant now, const Retime& times) override;
  Acquire acquire(std::string_view key, Duration deadline) override;
  Waited wait(std::string_view key, const Lease& ticket, Duration timeout) override;
  void release(std::string_view key, const Lease& lease, LoadEnd end, std::string_view message) override;
  std::uint64_t sequence() noexcept override;
  void invalidate_tag(std::string_view tag) override;
  void clear() override;
  void count(Reason reason, std::uint64_t n) noexcept override;
  void remember_miss(std::string_view key, Reason reason, Instant at) noexcept override;
  void remember_failure(std::string_view key, Instant at) noexcept override;
  std::optional<Instant> failed_at(std::string_view key) noexcept override;
  void observe_load(Duration took) noexcept override;
  Stats stats() override;
  Explanation explain(std::string_view key, Instant now) override;
  void on_removal(RemovalListener listener) override;
  std::string notice() const override { return segment_->notice(); }

 private:
  struct Found;
  class TagPart;

  enum class Look { settled, another_key, recycled };
  template <class OnFound>
  Look look_at(segment::Shared<std::uint64_t>& place, const segment::KeyHash& hash, std::string_view key,
               std::int64_t now, Fetch& fetch, OnFound&& on_found);
  enum class Usual { hit, another_key, not_so };
  template <bool tagged>
  Usual usual_hit_at(segment::Shared<std::uint64_t>& place, const segment::KeyHash& hash, std::string_view key,
                     std::int64_t now, std::uint64_t most_bytes, std::string& value, Fetch& fetch) const;
  template <bool tagged>
  bool usual_hit(std::string_view key, Instant now, std::uint64_t most_bytes, std::string& value, Fetch& fetch) const;
  bool pin_record(const segment::RecordRef& ref, const segment::RecordFields& fields, segment::Cursor& cursor,
                  std::unique_ptr<ValueInPlace>& pinned);
  void get_anyhow(std::string_view key, Instant now, std::string& value, Fetch& fetch);
  template <class OnFound>
  Fetch look_up(std::string_view key, Instant now, OnFound&& on_found);
  /// Under the shard's lock: the key's slot, whatever the state of its entry.
  bool find(const segment::KeyHash& hash, std::string_view key, Found& found);
  std::optional<Reason> try_retime(const segment::KeyHash& hash, std::string_view key, Instant now,
                                   const Retime& times);
  bool fence_holds(std::uint64_t sequence, const TagPart& tags) const;
  Reason check(const PutRequest& request, const segment::KeyHash& hash, std::uint64_t sequence, const TagPart& tags,
               const Found* found);
  void publish(const PutRequest& request, const segment::KeyHash& hash, const segment::RecordRef& ref,
               segment::Trial trial, Found* found, std::vector<segment::Removed>* removed);
  void end_lease(const PutRequest& request, const segment::KeyHash& hash, LoadEnd end);
  std::shared_ptr<const RemovalListener> listener() const;
  void report(const std::vector<segment::Removed>& removed) const;

  std::unique_ptr<segment::Segment> segment_;
  segment::Eviction eviction_;
  mutable std::mutex listener_mutex_;
  std::shared_ptr<const RemovalListener> listener_;
};

}  // namespace freshet
