// The blocking driver of policy::LoadFlow: one call of get_or_load, for one key or many. It decides nothing.
//
// Each key has a flow of its own. All flows are advanced until each has ended or wants something that many keys can
// share (one run of the loader) or that blocks; that is then done once, and the flows are told.
#include "cache/core.h"
#include "cache/load_frames.h"
#include "cache/load_job.h"
#include "policy/load_flow.h"

#include <freshet/error.h>

#include <chrono>

namespace freshet::cache {
namespace {

using policy::Action;
using Kind = policy::Event::Kind;

struct Item {
  Item(std::string_view stored_key, std::size_t at, const Options& options, policy::Situation situation)
      : key(stored_key), index(at), flow(options, situation) {}

  std::string_view key;
  std::size_t index;
  policy::LoadFlow flow;
  policy::Step step{};
  detail::Sight sight;
  std::optional<double> dice;
  HeldLease lease;
  Lease ticket;  // the load that is waited for
  FailureBoard::Presence presence;
  std::shared_ptr<LoadJob> job;
  std::size_t task = 0;  // place in the job
  LoadTask ended;        // how its own load went
  std::exception_ptr failure;
  std::string failure_message;
};

class LoadCall {
 public:
  LoadCall(Core& core, const detail::Scope& scope, detail::Load& load, const Options& options,
           std::span<detail::Verdict> verdicts)
      : core_(core), scope_(scope), load_(load), options_(options), verdicts_(verdicts) {}

  void run(std::span<const std::string_view> keys, const detail::Sight* first, std::string* first_bytes) {
    items_.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      policy::Situation situation;
      situation.reentrant = LoadFrame::loading(core_.store().get(), keys[i]);
      situation.shareable = !is_bad_key(keys[i]);
      situation.may_detach = load_.detachable() != detail::Load::Detach::never;
      situation.may_await = !LoadFrame::on_executor();
      items_.emplace_back(keys[i], i, options_, situation);
      if (first != nullptr) saw(items_.back(), *first, *first_bytes);
    }
    while (advance_all()) {
      if (refresh() || offload() || load_inline() || await()) continue;
      wait();
    }
  }

 private:
  // False when every flow has ended.
  bool advance_all() {
    bool open = false;
    for (Item& item : items_) {
      advance(item);
      open = open || !policy::is_end(item.step.action);
    }
    return open;
  }

  void advance(Item& item) {
    for (;;) {
      switch (item.step.action) {
        case Action::look_up: {
          detail::Scratch bytes;
          const detail::Sight sight = core_.look(item.key, load_.shape(), &options_, *bytes);
          saw(item, sight, *bytes);
          break;
        }
        case Action::acquire:
          acquire(item);
          break;
        case Action::release:
          item.lease.release(LoadEnd::superseded);
          feed(item, Kind::released);
          break;
        default:
          return;
      }
    }
  }

  void saw(Item& item, const detail::Sight& sight, const std::string& bytes) {
    item.sight = sight;
    if (!item.dice) item.dice = sight.dice;
    if (sight.fetch.found && sight.failure) {
      item.failure_message = bytes;
    } else if (sight.fetch.found) {
      const auto why_not = load_.accept(item.index, sight, std::as_bytes(std::span(bytes.data(), bytes.size())));
      if (why_not) {
        item.sight.fetch.found = false;
        item.sight.fetch.reason = *why_not;
      }
    }
    if (!item.sight.fetch.found || sight.failure) load_.forget(item.index);
    policy::Event event;
    event.kind = Kind::looked;
    event.finding = {item.sight.fetch, item.sight.failure, item.sight.failed_at};
    event.dice = *item.dice;
    feed(item, event);
  }

  void acquire(Item& item) {
    // Before the lease is asked for: see FailureBoard.
    if (!item.presence) item.presence = FailureBoard::Presence(core_.board(), std::string(item.key));
    const Acquire acquired = core_.store()->acquire(item.key, core_.lease_deadline());
    switch (acquired.status) {
      case Acquire::Status::granted:
        item.lease = HeldLease(core_.store(), std::string(item.key), acquired.lease);
        if (acquired.lease.taken_over) core_.note(Reason::load_taken_over, item.key, {});
        return feed(item, Kind::granted);
      case Acquire::Status::busy:
        item.ticket = acquired.lease;
        return feed(item, Kind::busy);
      case Acquire::Status::unavailable:
        break;
    }
    if (kind(acquired.reason) == ReasonKind::trouble) core_.note(acquired.reason, item.key, {});
    feed(item, Kind::unavailable);
  }

  std::vector<Item*> wanting(Action action) {
    std::vector<Item*> some;
    for (Item& item : items_) {
      if (item.step.action == action) some.push_back(&item);
    }
    return some;
  }

  // Each of the following does one thing for all flows that want it; false when none does.

  bool refresh() {
    const std::vector<Item*> some = wanting(Action::refresh);
    if (some.empty()) return false;
    const bool taken = submit(some);
    for (Item* item : some) {
      item->job = nullptr;
      if (!taken) core_.note(Reason::refresh_skipped, item->key, {});
      feed(*item, taken ? Kind::submitted : Kind::refused);
    }
    return true;
  }

  bool offload() {
    const std::vector<Item*> some = wanting(Action::load_offloaded);
    if (some.empty()) return false;
    const bool taken = submit(some);
    for (Item* item : some) feed(*item, taken ? Kind::submitted : Kind::refused);
    return true;
  }

  bool load_inline() {
    const std::vector<Item*> some = wanting(Action::load_inline);
    if (some.empty()) return false;
    std::vector<LoadTask> tasks;
    tasks.reserve(some.size());
    for (Item* item : some) tasks.push_back(task_of(*item));
    detail::Load& runner = moved_ ? *moved_ : load_;
    run_load(core_, scope_, runner, options_, tasks, false);
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (moved_) load_.adopt(some[i]->index, runner);
      ran(*some[i], std::move(tasks[i]));
    }
    return true;
  }

  bool await() {
    const std::vector<Item*> some = wanting(Action::await_load);
    for (Item* item : some) {
      if (!item->job->await(item->step.timeout)) {
        feed(*item, Kind::timed_out);
        continue;
      }
      load_.adopt(item->index, *item->job->load);
      ran(*item, std::move(item->job->tasks[item->task]));
    }
    return !some.empty();
  }

  // Only for the first that waits: by the time it is answered, the others may be too.
  void wait() {
    for (Item& item : items_) {
      if (item.step.action != Action::wait) continue;
      const Waited waited = core_.store()->wait(item.key, item.ticket, item.step.timeout);
      if (waited.end == LoadEnd::failed) {
        item.failure = item.presence.find(item.ticket.token);
        if (!item.failure) item.failure = std::make_exception_ptr(LoadFailed(waited.message));
      }
      policy::Event event;
      event.kind = Kind::waited;
      event.end = waited.end;
      return feed(item, event);
    }
  }

  bool submit(std::span<Item* const> some) {
    std::shared_ptr<detail::Load> owned = moved_;
    if (!owned) owned = load_.detach();
    if (load_.detachable() == detail::Load::Detach::by_move) moved_ = owned;
    auto job = std::make_shared<LoadJob>(core_.shared_from_this(), scope_, std::move(owned), options_);
    job->tasks.reserve(some.size());
    for (Item* item : some) {
      item->job = job;
      item->task = job->tasks.size();
      job->tasks.push_back(task_of(*item));
    }
    if (job->submit()) return true;
    for (Item* item : some) {
      item->lease = std::move(job->tasks[item->task].lease);
      item->presence = std::move(job->tasks[item->task].presence);
      item->job = nullptr;
    }
    return false;
  }

  LoadTask task_of(Item& item) {
    LoadTask task;
    task.index = item.index;
    task.key = item.key;
    task.lease = std::move(item.lease);
    task.presence = std::move(item.presence);
    if (item.sight.fetch.found && !item.sight.failure) task.good_until = item.sight.fetch.meta.keep_until;
    return task;
  }

  void ran(Item& item, LoadTask task) {
    item.ended = std::move(task);
    item.failure = item.ended.failure;
    policy::Event event;
    event.kind = item.failure ? Kind::failed : Kind::loaded;
    event.reason = item.ended.reason;
    feed(item, event);
  }

  void feed(Item& item, Kind kind) {
    policy::Event event;
    event.kind = kind;
    feed(item, event);
  }

  void feed(Item& item, policy::Event& event) {
    event.now = event.kind == Kind::looked ? item.sight.now : core_.clock()->now();
    event.elapsed = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun_);
    item.step = item.flow.next(event);
    if (policy::is_end(item.step.action)) finish(item);
  }

  void finish(Item& item) {
    detail::Verdict& verdict = verdicts_[item.index];
    verdict.reason = item.step.reason;
    verdict.now = core_.clock()->now();
    switch (item.step.action) {
      case Action::serve:
        core_.note(item.step.reason, item.key, {});
        verdict.source = detail::Verdict::Source::found;
        verdict.meta = item.sight.fetch.meta;
        return;
      case Action::give_loaded:
        core_.note(item.flow.first_reason(), item.key, {});
        verdict.stored = item.ended.stored;
        verdict.meta = item.ended.meta;
        if (item.ended.produced == detail::Produced::absent) {
          verdict.reason = item.flow.first_reason();
        } else {
          verdict.source = detail::Verdict::Source::loaded;
        }
        return;
      case Action::fail:
        if (item.step.reason == Reason::miss_failed_lately) {
          core_.note(Reason::miss_failed_lately, item.key, {});
          item.failure = item.presence.find(item.ticket.token);
          if (!item.failure) item.failure = std::make_exception_ptr(LoadFailed(item.failure_message));
        } else {
          core_.note(item.flow.first_reason(), item.key, {});
        }
        std::rethrow_exception(item.failure);
      case Action::time_out:
        core_.note(item.flow.first_reason(), item.key, {});
        core_.note(Reason::load_timed_out, item.key, {});
        throw LoadTimeout("no value for key \"" + std::string(user_key(item.key)) + "\" within hard_timeout of " +
                          format_duration(options_.hard_timeout));
      default:
        return;
    }
  }

  Core& core_;
  const detail::Scope& scope_;
  detail::Load& load_;
  const Options& options_;
  const std::span<detail::Verdict> verdicts_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::vector<Item> items_;
  // A loader that could only be moved, where it is now.
  std::shared_ptr<detail::Load> moved_;
};

}  // namespace

void Core::load(const detail::Scope& scope, std::span<const std::string_view> keys, detail::Load& load,
                const Options& options, const detail::Sight* first, std::string* first_bytes,
                std::span<detail::Verdict> verdicts) {
  validate(options);
  LoadCall(*this, scope, load, options, verdicts).run(keys, first, first_bytes);
}

}  // namespace freshet::cache
