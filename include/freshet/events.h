// Hooks: be told of every hit, miss, load, store, refusal and removal, with its Reason.
#pragma once

#include <freshet/reason.h>
#include <freshet/time.h>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace freshet {

/// One thing that happened. The views live as long as the call of the listener.
struct Event {
  ReasonKind kind = ReasonKind::hit;
  Reason reason = Reason::hit;
  /// As the caller gave it; the tag's name for an invalidated tag; empty for clear() and troubles.
  std::string_view key;
  /// Namespace and version of the key, as in "shop/cart@v7"; empty for the root.
  std::string_view scope;
  /// How long the load took, for kind load; zero otherwise.
  Duration took{};
};

/// Threads: called from any thread that uses the cache, several at once, never under a lock; it may use the cache.
/// Errors: an exception is dropped and counted as listener_threw. Cost: on the caller's path; keep it short.
using Listener = std::function<void(const Event&)>;

/// Ends the listening when destroyed: afterwards the listener is not called and no call of it is under way (but for one
/// that is destroying the subscription from within). Outliving the cache is allowed.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<void> listening) : listening_(std::move(listening)) {}
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&&) noexcept = default;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() = default;

  void cancel() noexcept { listening_.reset(); }

 private:
  std::shared_ptr<void> listening_;
};

/// Listeners that one cache can have at once.
inline constexpr std::size_t kMaxListeners = 16;

}  // namespace freshet
