// One request's way through the response cache: the driver that does what exchange::Conversation says, by calling a
// handler and by waiting on the thread that asked.
#pragma once

#include "exchange/conversation.h"
#include "exchange/stored_answer.h"
#include "response_cache/seen_request.h"
#include "response_cache/terms.h"

#include <memory>
#include <string>
#include <vector>

namespace freshet::response_cache {

/// What all requests of one cache share.
struct Workshop {
  exchange::ResponseStore store;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Executor> executor;
  ResponseCacheOptions options;
  RuleBook rules;
};

/// Threads: one at a time; begun on one thread it may go on upon another.
class Visit {
 public:
  /// `route` must outlive the visit. `refreshes`: stale answers may be refreshed in the background.
  Visit(std::shared_ptr<const Workshop> shop, SeenRequest seen, const Route& route, bool refreshes);

  /// From the cache or from the handler, whole: conditions and ranges of `asked`, the client's own request, are
  /// evaluated for what the cache has. Throws what the handler throws.
  HttpAnswer answer(const HttpRequest& asked, const HttpHandler& handler);
  /// After answer(): it was stale, and somebody should refresh it.
  bool is_due() const noexcept { return due_; }

  /// Of a visit of its own, for the background: true if the refresh is its to make.
  bool claim();
  void refresh(const HttpHandler& handler) noexcept;
  /// It will not be made.
  void drop();

 private:
  enum class Outcome : std::uint8_t { go_on, from_handler, from_store };

  Instant now() const noexcept { return shop_->clock->now(); }
  http::Request request() const noexcept;
  exchange::Step wait();
  /// Calls the handler and shows its answer to the conversation.
  exchange::Step ask(const HttpHandler& handler);
  exchange::Step received();
  exchange::Step leave_unstored(Reason why);
  void keep();
  HttpAnswer stored_answer(const HttpRequest& asked, const http::StoredHead& head, std::string_view body,
                           http::Seconds age);
  HttpAnswer made_answer(const HttpRequest& asked);
  HttpAnswer failure();
  void tell(HttpAnswer& answer, std::optional<http::Seconds> ttl) const;
  void count(Reason reason) const noexcept { shop_->store.store().count(reason); }

  std::shared_ptr<const Workshop> shop_;
  SeenRequest seen_;
  const Route* route_;
  std::vector<http::Field> fields_;  // of seen_
  const http::Rules* rules_;
  exchange::Conversation conversation_;

  HttpResponse response_;
  Instant asked_at_{};
  std::optional<Reason> stored_;
  std::string kept_head_;  // of response_, if the cache keeps it
  std::string waited_for_;
  bool due_ = false;
};

/// The fields that go to the client besides the answer's own: Vary for what the route declares, Cache-Control where the
/// answer says nothing. `is_shared`: it is an answer that others may get.
void add_declared_fields(HttpResponse& response, const Route& route, bool is_shared);

}  // namespace freshet::response_cache
