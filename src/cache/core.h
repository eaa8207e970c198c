// The engine behind every Cache handle: counts, hands events on, and turns calls into calls of the Store.
//
// Loads are driven in load_call.cc by policy::LoadFlow; what becomes of a loader's value is done in load_run.cc.
#pragma once

#include "cache/event_hub.h"
#include "cache/failure_board.h"
#include "cache/held_lease.h"

#include <freshet/engine.h>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::cache {

inline std::string_view user_key(std::string_view stored_key) {
  // No scope holds a NUL, so the first one ends it.
  return stored_key.substr(stored_key.find('\0') + 1);
}
inline std::string_view scope_of(std::string_view stored_key) { return stored_key.substr(0, stored_key.find('\0')); }
inline bool is_bad_key(std::string_view stored_key) {
  const std::string_view key = user_key(stored_key);
  return key.empty() || key.size() > kMaxKeyBytes;
}

class Core final : public detail::Engine, public std::enable_shared_from_this<Core> {
 public:
  Core(std::shared_ptr<Store> store, const CacheOptions& options);
  ~Core() override;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  detail::Sight look(std::string_view key, std::uint32_t shape, const Options* options, std::string& bytes) override;
  Pinned pin(std::string_view key) override;
  void note(Reason reason, std::string_view stored_key, Duration took) noexcept override;
  void load(const detail::Scope& scope, std::span<const std::string_view> keys, detail::Load& load,
            const Options& options, const detail::Sight* first, std::string* first_bytes,
            std::span<detail::Verdict> verdicts) override;
  Reason put(const detail::Scope& scope, std::string_view key, const detail::Load& value, const Options& options,
             PutMode mode) override;
  Reason erase(std::string_view key) override;
  Reason expire(std::string_view key) override;
  Reason touch(std::string_view key, Duration ttl) override;
  std::optional<std::int64_t> increment(const detail::Scope& scope, std::string_view key, std::int64_t delta,
                                        const Options& options, Reason& reason) override;
  void invalidate_tag(std::string_view tag) override;
  void clear(const detail::Scope& scope) override;
  Explanation explain(std::string_view key) override;

  const Options& defaults() const noexcept override { return options_.defaults; }
  const std::shared_ptr<Store>& store() const noexcept override { return store_; }
  const std::shared_ptr<Clock>& clock() const noexcept override { return clock_; }
  Subscription subscribe(Listener listener) override;

  /// The listener of CacheOptions: for as long as this lives.
  void listen(const Listener& listener) { own_listener_ = subscribe(listener); }

  // For the drivers of loads.
  const std::shared_ptr<Executor>& executor() const noexcept { return executor_; }
  Duration lease_deadline() const noexcept { return options_.lease_deadline; }
  std::size_t compress_above() const noexcept { return options_.compress_above; }
  std::shared_ptr<FailureBoard> board();

 private:
  // add and replace go by what get() would say, which no store knows: it keeps stale entries too.
  Reason put_if(PutRequest& request, bool wanted_fresh);
  void emit(Reason reason, std::string_view scope, std::string_view key, Duration took) noexcept;

  const std::shared_ptr<Store> store_;
  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<Executor> executor_;
  const CacheOptions options_;
  const std::shared_ptr<EventHub> hub_ = std::make_shared<EventHub>();
  std::atomic<bool> told_of_removals_{false};
  std::atomic<std::shared_ptr<FailureBoard>*> board_{nullptr};
  Subscription own_listener_;
};

/// Errors: ConfigError naming the first option that makes no sense.
void check(const CacheOptions& options);

/// What the codec calls the bytes of a value of this form and shape.
std::uint32_t content_of(detail::Produced produced, detail::Form form, std::uint32_t shape);

/// One key of one run of a loader.
struct LoadTask {
  std::size_t index = 0;
  std::string key;
  HeldLease lease;  ///< none: the load is unshared, and nothing is stored
  FailureBoard::Presence presence;
  /// Until when the entry that is being replaced may serve stale; a failure is not stored over it.
  Instant good_until{};

  // How it ended.
  detail::Produced produced = detail::Produced::absent;
  Reason reason = Reason::loaded;
  std::optional<Reason> stored;
  Meta meta;
  std::exception_ptr failure;
};

/// Runs the loader once for all tasks, then stores or releases each. Ends every lease. Does not throw what the loader
/// throws: each task has it.
void run_load(Core& core, const detail::Scope& scope, detail::Load& load, const Options& options,
              std::span<LoadTask> tasks, bool on_executor);

/// What an exception says of itself.
std::string message_of(const std::exception_ptr& failure);

}  // namespace freshet::cache
