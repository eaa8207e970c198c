// get_or_load as a state machine: it says what to do next, a driver does it and reports what happened.
//
// It holds no value, no lease, no clock and no lock, so that a blocking driver, an awaitable one and a batch of keys
// share every decision. One LoadFlow is one key of one call.
//
//        looked(serve) ------------------------------------------> serve
//   look_up --looked(load)--> acquire --granted--> look_up again --looked(load)--> load_* --loaded--> give_loaded
//      ^                         | ^                    |                             '--failed--> serve stale | fail
//      |                       busy '--owner_died--.    '--looked(serve)--> release --> serve
//      |                         v                 |
//      '----stored, superseded-- wait -------------+--not_stored--> load_inline, unshared
//                                                  '--timeout--> serve stale | time_out
//
// The second look after a grant is what makes "one load" hold: between the first look and the grant another owner may
// have stored the value and ended its lease.
#pragma once

#include "policy/plan.h"

#include <freshet/options.h>
#include <freshet/store.h>

namespace freshet::policy {

/// What the driver can and may do for this call.
struct Situation {
  /// This thread is inside a load of this very key: waiting for its lease would be waiting for itself.
  bool reentrant = false;
  /// False for keys that no store takes (too long, empty): they load without asking for a lease.
  bool shareable = true;
  /// The loader can outlive the call and there is an executor.
  bool may_detach = true;
  /// The thread may block on the executor. False on the executor's own threads, which would wait for each other.
  bool may_await = true;
};

enum class Action : std::uint8_t {
  look_up,         ///< report looked
  acquire,         ///< report granted, busy or unavailable
  wait,            ///< on the ticket, for `timeout`; report waited
  release,         ///< the lease, as LoadEnd::superseded; report released
  refresh,         ///< hand lease and loader to the executor; report submitted or refused
  load_inline,     ///< run the loader here, then conclude(); report loaded or failed
  load_offloaded,  ///< hand loader, and lease if any, to the executor; report submitted or refused
  await_load,      ///< what was offloaded, for `timeout`; report loaded, failed or timed_out
  serve,           ///< end: what was last found, with `reason`
  give_loaded,     ///< end: the loader's value, with `reason`
  fail,            ///< end: the load's exception, or the remembered failure (reason miss_failed_lately)
  time_out,        ///< end: LoadTimeout
};

constexpr bool is_end(Action action) noexcept { return action >= Action::serve; }

struct Step {
  Action action = Action::look_up;
  Reason reason = Reason::miss_absent;
  /// For wait and await_load; kForever is no limit.
  Duration timeout = kForever;
};

struct Event {
  enum class Kind : std::uint8_t {
    looked,
    granted,
    busy,
    unavailable,
    waited,
    released,
    submitted,
    refused,
    loaded,
    failed,
    timed_out,
  };
  Kind kind = Kind::looked;
  /// Of the cache's clock; says whether a stale value may still serve.
  Instant now{};
  /// Since the call began, by a clock that never jumps; says how much of the timeouts is left.
  Duration elapsed{};
  /// looked.
  Finding finding{};
  double dice = 0.5;
  /// waited.
  LoadEnd end = LoadEnd::timeout;
  /// loaded.
  Reason reason = Reason::loaded;
};

class LoadFlow {
 public:
  LoadFlow(const Options& options, Situation situation) : options_(&options), situation_(situation) {}

  /// The first step is look_up; feed its outcome here.
  Step next(const Event& event);

  /// Why the first look did not answer the call (a miss reason), or what it answered.
  Reason first_reason() const noexcept { return first_reason_; }
  /// The flow holds the lease that the last grant gave.
  bool leased() const noexcept { return leased_; }

  /// After so many grants and waits without a result, the caller loads on its own.
  static constexpr int kMaxRounds = 8;

 private:
  Step looked(const Event& event);
  Step waited(const Event& event);
  Step failed();
  Step timed_out();
  Step acquire();
  Step load();
  Step serve_found() const;
  /// Ends with `step`, giving the lease back first if there is one.
  Step leave(Step step);
  Step block(Action on);
  /// Until soft_timeout where a stale value may serve, else until hard_timeout.
  Duration remaining() const;

  const Options* options_;
  Situation situation_;
  Plan plan_;
  Step after_release_;
  Action blocked_on_ = Action::wait;
  Reason first_reason_ = Reason::miss_absent;
  std::uint64_t first_version_ = 0;
  Instant now_{};
  Duration elapsed_{};
  int looks_ = 0;
  int rounds_ = 0;
  bool leased_ = false;
  bool refreshing_ = false;
  bool others_stored_ = false;
};

}  // namespace freshet::policy
