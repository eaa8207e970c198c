#include "segment/protocol/steps.h"

#include <algorithm>
#include <utility>

namespace freshet::segment::protocol {

Byte Run::key() const { return scenario_.key[me_ - 1U]; }

Call Run::call() const {
  if (own_.reborn != 0) return own_.call == 0 ? scenario_.newborn : Call::none;
  const std::vector<Call>& calls = scenario_.calls[me_ - 1U];
  return own_.call < calls.size() ? calls[own_.call] : Call::none;
}

void Run::go(Step to) { own_.step = to; }

void Run::lock_for(Step then) {
  own_.step = Step::lock;
  own_.locked_then = then;
}

void Run::unlock_and(Step then) {
  own_.step = Step::unlock;
  own_.unlocked_then = then;
}

void Run::begin() { go(call() == Call::none ? Step::done : loads(call()) ? Step::look_slot : Step::commit); }

// The call returns.
void Run::finish() {
  if (!loads(call())) state_.invalidated[key()] = std::max(state_.invalidated[key()], own_.value);
  Process next{};
  next.alive = 1;
  next.reborn = own_.reborn;
  next.call = own_.call + 1;
  own_ = next;
  begin();
}

bool Run::step() {
  const Step now = own_.step;
  switch (now) {
    case Step::done:
    case Step::kCount:
      return false;
    case Step::look_slot:
    case Step::look_cleared:
    case Step::look_tag:
      look(now);
      break;
    case Step::lock:
      if (state_.lock != kNobody && state_.lock != kOrphaned) return false;
      go(state_.lock == kOrphaned ? Step::mend : own_.locked_then);
      if (own_.step != Step::mend) own_.locked_then = Step::done;
      state_.lock = me_;
      break;
    case Step::mend:
      if (flaw_ != Flaw::counted_late_and_not_mended) {
        state_.loading = 0;
        for (const Entry& entry : state_.entry) {
          if (entry.state == Entered::loading) ++state_.loading;
        }
      }
      go(std::exchange(own_.locked_then, Step::done));
      break;
    case Step::unlock: {
      state_.lock = kNobody;
      const Step then = std::exchange(own_.unlocked_then, Step::done);
      if (then == Step::done) {
        finish();
      } else {
        go(then);
      }
      break;
    }
    case Step::sweep:
      own_.how = End::owner_died;
      go(Step::end_how);
      break;
    case Step::acquire_find:
      acquire_find();
      break;
    case Step::acquire_count:
    case Step::grant_key:
    case Step::grant_owner:
    case Step::grant_deadline:
    case Step::grant_sequence:
    case Step::grant_token:
    case Step::grant_state:
    case Step::grant_count_late:
    case Step::grant_wake:
      grant(now);
      break;
    case Step::load:
      load();
      break;
    case Step::set_sequence:
      own_.sequence = state_.sequence;
      lock_for(Step::publish);
      break;
    case Step::check_lease:
    case Step::check_cleared:
    case Step::check_tag:
      check(now);
      break;
    case Step::fill:
      lock_for(flaw_ == Flaw::no_second_check ? Step::publish : Step::check_lease);
      break;
    case Step::publish:
      publish();
      break;
    case Step::supersede:
      supersede();
      break;
    case Step::release_find:
      release_find();
      break;
    case Step::end_how:
    case Step::end_state:
    case Step::end_count:
    case Step::end_wake:
      end(now);
      break;
    case Step::wait_wakeups:
    case Step::wait_state:
    case Step::wait_end:
    case Step::wait_token:
    case Step::wait_owner:
    case Step::wait_lives:
    case Step::wait_sleep:
      wait(now);
      break;
    case Step::reap_lock:
      reap_ends();
      break;
    case Step::reap_take_back:
      reap_take_back();
      break;
    case Step::reap_free:
      reap_free();
      break;
    case Step::commit:
      commit();
      break;
    case Step::raise_number:
    case Step::raise_load:
    case Step::raise_write:
      raise(now);
      break;
    case Step::erase_slot:
      state_.record[key()] = {};
      unlock_and(Step::done);
      break;
    case Step::retime_header:
      state_.record[key()].fresh = 0;
      unlock_and(Step::done);
      break;
  }
  return true;
}

}  // namespace freshet::segment::protocol
