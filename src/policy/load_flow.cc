#include "policy/load_flow.h"

#include <algorithm>

namespace freshet::policy {

Step LoadFlow::next(const Event& event) {
  now_ = event.now;
  elapsed_ = event.elapsed;
  switch (event.kind) {
    case Event::Kind::looked:
      return looked(event);
    case Event::Kind::granted:
      leased_ = true;
      return {Action::look_up};
    case Event::Kind::busy:
      if (refreshing_) return serve_found();
      // One caller tries whether the source is up again; the others are not held up by it.
      if (plan_.failing) return {Action::serve, Reason::stale_on_error};
      return block(Action::wait);
    case Event::Kind::unavailable:
      if (refreshing_) return serve_found();
      return load();
    case Event::Kind::waited:
      return waited(event);
    case Event::Kind::released:
      leased_ = false;
      return after_release_;
    case Event::Kind::submitted:
      leased_ = false;
      if (refreshing_) return {Action::serve, plan_.reason};
      return block(Action::await_load);
    case Event::Kind::refused:
      if (refreshing_) return leave(serve_found());
      return {Action::load_inline, plan_.reason};
    case Event::Kind::loaded:
      leased_ = false;
      return {Action::give_loaded, event.reason};
    case Event::Kind::failed:
      leased_ = false;
      return failed();
    case Event::Kind::timed_out:
      return timed_out();
  }
  return load();
}

Step LoadFlow::looked(const Event& event) {
  plan_ = plan(event.finding, *options_, event.now, event.dice);
  const std::uint64_t version = event.finding.fetch.found ? event.finding.fetch.meta.version : 0;
  if (++looks_ == 1) {
    first_version_ = version;
    first_reason_ = plan_.reason;
  }
  const bool renewed = looks_ > 1 && version != 0 && version != first_version_;

  // What another caller stored while we waited answers this call even if its ttl is zero: it was loaded during the
  // call. Otherwise the waiters for a value with no ttl would load one after another.
  if (renewed && others_stored_ && plan_.course != Course::fail) return leave({Action::serve, Reason::hit_coalesced});

  switch (plan_.course) {
    case Course::serve:
      return leave({Action::serve, renewed ? Reason::hit_coalesced : plan_.reason});
    case Course::fail:
      return leave({Action::fail, plan_.reason});
    case Course::serve_and_refresh:
      if (renewed && plan_.reason == Reason::hit_early_refresh) return leave({Action::serve, Reason::hit_coalesced});
      if (situation_.reentrant || !situation_.shareable) return leave(serve_found());
      if (situation_.may_detach) {
        refreshing_ = true;
        if (leased_) return {Action::refresh, plan_.reason};
        return acquire();
      }
      // A loader that cannot outlive the call: too early is no reason to wait for it, but a stale value is.
      if (plan_.reason == Reason::hit_early_refresh) return leave(serve_found());
      break;
    case Course::load:
      break;
  }
  refreshing_ = false;
  if (leased_ || situation_.reentrant || !situation_.shareable) return load();
  return acquire();
}

Step LoadFlow::acquire() {
  if (++rounds_ > kMaxRounds) return refreshing_ ? serve_found() : load();
  return {Action::acquire, plan_.reason};
}

Step LoadFlow::waited(const Event& event) {
  switch (event.end) {
    case LoadEnd::stored:
      others_stored_ = true;
      return {Action::look_up};
    case LoadEnd::superseded:
      others_stored_ = false;
      return {Action::look_up};
    case LoadEnd::not_stored:
      // Nothing will be there to share: everybody who waited loads at once, not one after another.
      return load();
    case LoadEnd::failed:
      return failed();
    case LoadEnd::owner_died:
      return acquire();
    case LoadEnd::timeout:
      break;
  }
  if (remaining() == kForever) return acquire();  // the store gave up by itself
  return timed_out();
}

Step LoadFlow::load() {
  // With no timeout that could strike, there is nothing to gain from another thread: nothing outlives the call.
  const bool may_strike = remaining() != kForever;
  const bool offload = may_strike && situation_.may_detach && situation_.may_await && !situation_.reentrant;
  return {offload ? Action::load_offloaded : Action::load_inline, plan_.reason};
}

Step LoadFlow::failed() {
  if (now_ < plan_.on_error_until) return {Action::serve, Reason::stale_on_error};
  return {Action::fail, Reason::load_failed};
}

Step LoadFlow::timed_out() {
  if (now_ < plan_.on_timeout_until) return {Action::serve, Reason::stale_on_timeout};
  // soft_timeout struck, but the stale value's own span ran out meanwhile; or the timer was early.
  if (elapsed_ < options_->hard_timeout) return block(blocked_on_);
  return {Action::time_out, Reason::load_timed_out};
}

Step LoadFlow::serve_found() const {
  // Somebody else refreshes it, or nobody can: for this call it is a plain hit.
  return {Action::serve, plan_.reason == Reason::hit_early_refresh ? Reason::hit : plan_.reason};
}

Step LoadFlow::leave(Step step) {
  if (!leased_) return step;
  after_release_ = step;
  return {Action::release};
}

Step LoadFlow::block(Action on) {
  blocked_on_ = on;
  return {on, plan_.reason, remaining()};
}

Duration LoadFlow::remaining() const {
  const bool stale_may_serve = now_ < plan_.on_timeout_until;
  const Duration limit =
      stale_may_serve ? std::min(options_->soft_timeout, options_->hard_timeout) : options_->hard_timeout;
  if (limit == kForever) return kForever;
  return std::max(Duration::zero(), limit - elapsed_);
}

}  // namespace freshet::policy
