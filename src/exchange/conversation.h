// One request's way through the cache, as a state machine: it says what to do next, a driver does it and reports what
// happened. It knows the store and no socket, no thread and no clock, so that a proxy that never blocks and a
// middleware whose handler is a function share every decision.
//
//   start --> serve                                  the stored response answers; if revalidates(), once more in the
//     |                                              background: start_background()
//     |-----> fail                                   status() is our own answer: 400, 504
//     '-----> load --acquire--> ask --on_head--> stream ... finish | abandon      the origin's response goes on as it
//     comes
//                |  ^            |  ^    |'----> collect --on_collected--> serve | stream | ask
//                |  '--waited--- wait    |'----> ask                              once more, without conditions
//                '--join(offer)--> stream'-----> serve, fail                      the stored one is refreshed, or
//                stands in
//
// Ownership: the request's views must live until the end. The views that it hands out live until the next call.
// Threads: one at a time.
#pragma once

#include "exchange/response_store.h"
#include "http/cache_control.h"
#include "http/cache_status.h"
#include "http/conditional.h"
#include "http/reuse.h"
#include "http/update.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::exchange {

enum class Step : std::uint8_t {
  serve,    ///< end: stored() answers
  load,     ///< the origin must be asked: join somebody who does already, or acquire()
  ask,      ///< send outgoing() and report on_head() or on_no_response()
  wait,     ///< another process asks: wait on ticket() and report waited()
  collect,  ///< take the whole body and report on_collected()
  stream,   ///< the response goes on to the client as it is; then finish() or abandon()
  fail,     ///< end: answer status() by ourselves
  nothing,  ///< end of a background run: there is no more to do
};

/// A response whose body is still coming, as whoever asked for it shows it to others who wait for the same.
struct Offer {
  std::string head;       ///< encoded
  std::string names;      ///< of its Vary
  std::string selecting;  ///< what they were in the request that was sent
};

class Conversation {
 public:
  /// Fresh responses of more than `copy_at_most` bytes are served where they lie in the store: see stored_pieces().
  Conversation(const ResponseStore& store, const http::Rules& rules,
               std::size_t copy_at_most = ResponseStore::kCopyAlways)
      : store_(&store), rules_(&rules), copy_at_most_(copy_at_most) {}
  ~Conversation() { abandon(LoadEnd::superseded); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  Step start(const http::Request& request, Instant now);
  /// The same for one client only: it shares no load and stores nothing. serve, ask or fail.
  Step start_alone(const http::Request& request, Instant now);
  /// For a request that must not touch the cache at all, such as a GET with a body, which is in no key: ask.
  Step start_past(const http::Request& request);
  /// What a driver does behind an answer that was stale: acquire() follows. `nothing` if it is no longer due.
  Step start_background(const http::Request& request, Instant now);

  /// The same request lies elsewhere now.
  void move_request(const http::Request& request) noexcept { request_ = request; }

  /// Others may wait for this load instead of asking too, and its key among those under way. A request with conditions
  /// or ranges of its own goes by itself: its answer might be none for others.
  bool is_shareable() const noexcept { return shareable_; }
  std::string_view load_key() const noexcept { return place_.entry_key; }
  /// Asks for the right to load. Afterwards: ask, wait, serve (somebody has just stored it), or nothing.
  Step acquire(Duration deadline, Instant now);
  /// The load goes on without a lease, and without storing anything.
  Step go_alone() noexcept;
  const Lease& ticket() const noexcept { return lease_; }
  Step waited(LoadEnd end, Instant now);
  /// May this request be answered with that response, whose body is still coming? stream if so.
  Step join(const Offer& offer, Instant now);

  /// The method and the fields to send; those of the connection are the driver's.
  std::string_view outgoing_method() const noexcept { return request_.method; }
  http::Fields outgoing() const noexcept { return outgoing_; }

  /// The head of the response has come. `body_bytes`: by its framing, or kUnknownBytes.
  Step on_head(const http::Response& response, const http::Exchange& exchange, std::uint64_t body_bytes);
  Step on_collected(std::string_view body, Instant now);
  Step on_no_response(Instant now);

  /// Of a response that streams: it is to be stored, with this head. Null otherwise.
  const std::string* kept_head() const noexcept { return is_kept_ ? &kept_head_ : nullptr; }
  /// Of a response that streams: tags besides those that its own fields give it.
  void add_tags(std::span<const std::string> tags) { tags_.insert(tags_.end(), tags.begin(), tags.end()); }
  /// What others may be shown; `selecting` and so on only if it is kept.
  Offer offer() const;
  /// The whole body has come: stores it, and ends the load. Returns stored, or why not.
  Reason finish(std::string_view body, Instant now);
  /// The load has failed, or its body was cut short: nothing is stored.
  void abandon(LoadEnd end, std::string_view message = {}) noexcept;
  /// It grew too large to be stored.
  void give_up_storing() noexcept;

  /// Of an end by serve. Age and whether it is hit or stale are in reuse().
  const http::StoredHead& stored() const noexcept { return *served_; }
  std::string_view stored_head_bytes() const noexcept { return served_bytes_.substr(0, served_->head_bytes()); }
  /// Not of a response in place.
  std::string_view stored_body() const noexcept { return served_body_; }
  /// The body, in order, wherever it lies.
  std::span<const std::string_view> stored_pieces() const noexcept {
    return is_in_place() ? std::span<const std::string_view>(found_.pieces) : std::span(&served_body_, 1);
  }
  /// Memory of the store is held, which cannot be evicted: let_go() as soon as it has been read.
  bool is_in_place() const noexcept { return served_found_ && found_.pinned != nullptr; }
  void let_go() noexcept { found_.pinned.reset(); }
  http::Seconds age() const noexcept { return age_; }
  bool revalidates() const noexcept { return revalidates_; }

  /// Of an end by fail.
  std::uint16_t status() const noexcept { return status_; }
  /// Why it went as it went: what the log, the counters and Cache-Status say.
  Reason reason() const noexcept { return reason_; }
  /// What became of the origin's response; nothing where there was none.
  std::optional<Reason> stored_reason() const noexcept { return stored_reason_; }
  std::uint16_t forward_status() const noexcept { return forward_status_; }
  bool is_collapsed() const noexcept { return collapsed_; }
  const http::Request& request() const noexcept { return request_; }
  const std::string& url_key() const noexcept { return key_; }

 private:
  enum class Asked : std::uint8_t { nothing, plainly, to_validate, to_complete };

  Step look(Instant now);
  void begin(const http::Request& request);
  bool stands_in(Instant now);
  Step serve_found(http::Seconds age, Reason reason);
  Step serve_made(std::string_view body, http::Seconds age, Reason reason);
  Step fail(std::uint16_t status, Reason reason);
  Step ask();
  void ask_with(http::Fields conditions, bool replacing);
  Step refresh(const http::Response& newer, const http::Exchange& exchange);
  Step received(const http::Response& response, const http::Exchange& exchange, std::uint64_t body_bytes);
  void keep_bytes_of(const http::Response& response);
  void release(LoadEnd end, std::string_view message = {}) noexcept;
  void invalidate(const http::Response& response);

  const ResponseStore* store_;
  const http::Rules* rules_;
  std::size_t copy_at_most_;
  http::Request request_;
  http::RequestDirectives directives_;
  std::string key_;
  Place place_;
  Found found_;
  http::Course course_ = http::Course::forward;

  Lease lease_;
  bool leased_ = false;
  bool alone_ = false;
  bool shareable_ = false;
  bool background_ = false;
  int rounds_ = 0;

  Asked asked_ = Asked::nothing;
  std::vector<http::Field> outgoing_;
  std::string range_;  // that outgoing_ points into
  Instant asked_at_{};

  // Of a response that streams or is collected.
  bool is_kept_ = false;
  http::Kept kept_;
  std::string kept_head_;
  std::string part_bytes_;  // the head of a 206 that completes, as bytes of our own
  std::vector<http::Field> part_fields_;
  std::vector<std::string> tags_;

  std::optional<http::StoredHead> served_;
  std::string_view served_bytes_;  // that begin with its head
  std::string_view served_body_;
  bool served_found_ = false;  // it is what was found
  std::string made_;           // what served_ views, where it is not found_
  http::Seconds age_{0};
  bool revalidates_ = false;

  std::uint16_t status_ = 0;
  Reason reason_ = Reason::miss_absent;
  std::optional<Reason> stored_reason_;
  std::uint16_t forward_status_ = 0;
  bool collapsed_ = false;
};

}  // namespace freshet::exchange
