// One run of a loader, and what becomes of its values: stored with the lease, or not, as policy::conclude() says.
#include "cache/core.h"
#include "cache/load_frames.h"
#include "codec/envelope.h"
#include "platform/dice.h"
#include "policy/conclude.h"

#include <freshet/error.h>

#include <algorithm>

namespace freshet::cache {
namespace {

// The options as the loader left them.
Options amended(const Options& options, const detail::LoadNotes& notes) {
  Options result = options;
  if (notes.ttl) {
    result.ttl = *notes.ttl;
    result.negative_ttl.reset();
  }
  if (notes.stale_while_revalidate) result.stale_while_revalidate = *notes.stale_while_revalidate;
  if (notes.stale_if_error) result.stale_if_error = *notes.stale_if_error;
  result.tags.insert(result.tags.end(), notes.tags.begin(), notes.tags.end());
  return result;
}

void add_missing(std::vector<std::string>& tags, const std::vector<std::string>& more) {
  for (const std::string& tag : more) {
    if (std::ranges::find(tags, tag) == tags.end()) tags.push_back(tag);
  }
}

struct Run {
  Core& core;
  const detail::Scope& scope;
  detail::Load& load;
  Duration cost;
};

void conclude(const Run& run, LoadTask& task, const Options& given, const detail::LoadNotes& notes) {
  Store& store = *run.core.store();
  const Options options = amended(given, notes);
  const Instant now = run.core.clock()->now();

  std::string bytes;
  if (!task.failure) {
    try {
      task.produced = run.load.encode(task.index, bytes);
    } catch (...) {
      task.failure = std::current_exception();
    }
  }
  const bool leased = static_cast<bool>(task.lease);
  policy::Outcome outcome;
  using Kind = policy::Outcome::Kind;
  outcome.kind = task.failure                                 ? Kind::failure
                 : task.produced == detail::Produced::absent  ? Kind::absent
                 : task.produced == detail::Produced::nothing ? Kind::nothing
                                                              : Kind::value;
  outcome.leased = leased;
  const bool unencodable = task.produced == detail::Produced::unencodable;
  outcome.do_not_store = notes.do_not_store || unencodable;
  outcome.good_until = task.good_until;
  const double dice = options.jitter > Duration::zero() ? platform::roll() : 0.0;
  policy::Conclusion conclusion = policy::conclude(outcome, options, now, dice);
  if (unencodable) conclusion.reason = Reason::refused_unencodable;

  task.reason = task.failure         ? Reason::load_failed
                : !leased            ? Reason::loaded_unshared
                : notes.not_modified ? Reason::loaded_not_modified
                                     : Reason::loaded;
  run.core.note(task.reason, task.key, run.cost);

  std::string message;
  if (task.failure) {
    message = message_of(task.failure);
    if (leased) task.presence.publish(task.lease.token(), task.failure);
  }
  // Before the lease ends: who gets it next looks again, and shall see this.
  if (conclusion.remember_failure) store.remember_failure(task.key, now);
  task.stored = conclusion.reason;
  if (conclusion.put) {
    PutRequest request;
    request.key = task.key;
    request.meta.stored_at = now;
    request.meta.fresh_until = conclusion.times.fresh_until;
    request.meta.keep_until = conclusion.times.keep_until;
    request.meta.load_cost = run.cost;
    if (task.failure) {
      bytes = message;
      request.meta.content = codec::content_word(codec::Encoding::error, 0);
    } else {
      request.meta.content = content_of(task.produced, run.load.form(), run.load.shape());
      if (run.core.compress_above() != 0) {
        codec::compress_if_worthwhile(bytes, request.meta.content, run.core.compress_above());
      }
    }
    request.value = std::as_bytes(std::span(bytes.data(), bytes.size()));
    std::vector<std::string> tags = options.tags;
    add_missing(tags, run.scope.tags);
    // What an earlier load named stays true of a value that has not changed.
    if (notes.not_modified) add_missing(tags, store.explain(task.key, now).tags);
    request.tags = tags;
    request.lease = task.lease.hand_over();
    const Reason reason = store.put(request);
    if (reason != Reason::stored) {
      task.stored = reason;
    } else {
      task.meta = request.meta;
    }
  } else {
    task.lease.release(conclusion.end, message);
  }
  if (task.stored) run.core.note(*task.stored, task.key, {});
}

}  // namespace

std::string message_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "the loader threw something that is not a std::exception";
  }
}

void run_load(Core& core, const detail::Scope& scope, detail::Load& load, const Options& options,
              std::span<LoadTask> tasks, bool on_executor) {
  std::vector<std::size_t> wanted;
  std::vector<std::string_view> keys;
  wanted.reserve(tasks.size());
  keys.reserve(tasks.size());
  for (LoadTask& task : tasks) {
    wanted.push_back(task.index);
    keys.push_back(task.key);
    if (task.lease && !task.presence) task.presence = FailureBoard::Presence(core.board(), task.key);
  }
  std::vector<detail::LoadNotes> notes(tasks.size());

  std::exception_ptr failure;
  const Instant begun = core.clock()->now();
  {
    const LoadFrame frame(core.store().get(), keys, on_executor);
    try {
      load.run(wanted, notes);
    } catch (...) {
      failure = std::current_exception();
    }
  }
  // The wall clock may have been set back meanwhile.
  const Duration cost = std::max(Duration::zero(), core.clock()->now() - begun);
  core.store()->observe_load(cost);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    tasks[i].failure = failure;
    conclude({core, scope, load, cost}, tasks[i], options, notes[i]);
  }
}

}  // namespace freshet::cache
