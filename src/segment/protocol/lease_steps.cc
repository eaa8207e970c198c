// The steps of leases.cc and process_table.cc: one load per key, and the death of its owner.
#include "segment/protocol/steps.h"

#include <utility>

namespace freshet::segment::protocol {

// --- what several steps share ---

// ProcessTable::lives.
bool Run::lives(Byte owner) const {
  if (flaw_ == Flaw::death_unnoticed && owner != kNobody) return true;
  if (owner == kNobody) return false;
  if (owner == me_) return true;
  if (state_.slot_used[owner - 1U] == 0) return false;
  // Whoever reaps holds the slot's byte lock too.
  const Byte reaper = state_.reaper[owner - 1U];
  return state_.process[owner - 1U].alive != 0 || (reaper != kNobody && reaper != me_);
}

// Leases::abandoned.
bool Run::abandoned(const Entry& entry) const {
  if (flaw_ == Flaw::takeover_of_the_living) return true;
  return entry.overdue != 0 || !lives(entry.owner);
}

// The part of Leases::find_loading that ends what it comes by: another key's lease that is overdue and nobody's. Then
// the search goes on behind that. False when there is none before the key's own.
bool Run::sweeps() {
  if (state_.loading == 0 && own_.scanned == 0) return false;
  for (Byte e = own_.scanned; e < scenario_.entries; ++e) {
    const Entry& entry = state_.entry[e];
    if (entry.state != Entered::loading) continue;
    if (entry.key == key()) return false;
    const bool nobodys = entry.owner == kNobody && entry.overdue != 0;
    if (!nobodys && flaw_ != Flaw::sweep_spares_nobody) continue;
    const Byte holder = state_.holder[entry.key];
    if (holder != kNobody && holder == entry.owner && entry.overdue == 0) {
      breach_ = "I4: a lease is swept away from an owner that lives and is in time";
    }
    own_.scanned = static_cast<Byte>(e + 1);
    own_.swept_then = own_.step;
    own_.at = e;
    go(Step::sweep);
    return true;
  }
  return false;
}

// The rest of it. kEntries: there is none.
Byte Run::find_loading() {
  const Byte from = std::exchange(own_.scanned, Byte{0});
  if (state_.loading == 0 && from == 0) return kEntries;
  for (Byte e = from; e < scenario_.entries; ++e) {
    if (state_.entry[e].state == Entered::loading && state_.entry[e].key == key()) return e;
  }
  return kEntries;
}

// Leases::find.
bool Run::find() const {
  const Entry& entry = state_.entry[own_.place];
  if (own_.token == Token::none) return false;
  if (own_.token != Token::present && flaw_ != Flaw::no_token_check) return false;
  return entry.state == Entered::loading && entry.key == key();
}

void Run::wake(Byte e) {
  for (Process& q : state_.process) {
    if (q.ticket != Token::none && q.ticket_place == e) q.undisturbed = 0;
  }
}

void Run::take_over(Byte e) {
  const Byte holder = state_.holder[state_.entry[e].key];
  if (holder != kNobody && holder == state_.entry[e].owner && state_.entry[e].overdue == 0) {
    breach_ = "I4: a lease is taken over from an owner that lives and is in time";
  }
  own_.at = e;
  own_.taking_over = 1;
  begin_grant();
}

// --- Leases::acquire, Leases::grant ---

void Run::acquire_find() {
  if (sweeps()) return;
  if (const Byte e = find_loading(); e != kEntries) {
    if (abandoned(state_.entry[e])) return take_over(e);
    own_.ticket = Token::present;
    own_.ticket_place = e;
    return unlock_and(Step::wait_wakeups);
  }
  Byte dead = kEntries;
  for (Byte i = 0; i < scenario_.entries; ++i) {
    const auto e = static_cast<Byte>((state_.next_lease + i) % scenario_.entries);
    if (state_.entry[e].state == Entered::loading) {
      if (dead == kEntries && abandoned(state_.entry[e])) dead = e;
      continue;
    }
    own_.at = e;
    return go(Step::acquire_count);
  }
  if (dead != kEntries) return take_over(dead);
  unlock_and(Step::load);  // the table is full: it loads for itself alone
}

void Run::give_token() {
  const bool keep = flaw_ == Flaw::takeover_keeps_token && own_.taking_over != 0;
  for (Process& q : state_.process) {
    if (keep) break;
    if (q.token == Token::present && q.place == own_.at) q.token = Token::past;
    if (q.ticket == Token::present && q.ticket_place == own_.at) q.ticket = Token::past;
  }
  own_.token = Token::present;
  own_.place = own_.at;
}

void Run::granted() {
  if (own_.taking_over != 0) return go(Step::grant_wake);
  own_.at = 0;
  unlock_and(Step::look_slot);
}

void Run::begin_grant() {
  const bool late = flaw_ == Flaw::key_before_token || flaw_ == Flaw::state_before_token;
  go(late ? Step::grant_key : Step::grant_token);
}

void Run::grant(Step step) {
  Entry& entry = state_.entry[own_.at];
  switch (step) {
    case Step::acquire_count:
      state_.next_lease = static_cast<Byte>((own_.at + 1) % scenario_.entries);
      if (flaw_ != Flaw::counted_late_and_not_mended) ++state_.loading;
      return begin_grant();
    case Step::grant_token:
      give_token();
      if (flaw_ == Flaw::state_before_token) return granted();
      return go(flaw_ == Flaw::key_before_token ? Step::grant_state : Step::grant_key);
    case Step::grant_key:
      entry.key = key();
      return go(Step::grant_owner);
    case Step::grant_owner:
      entry.owner = me_;
      return go(Step::grant_deadline);
    case Step::grant_deadline:
      entry.overdue = 0;
      return go(Step::grant_sequence);
    case Step::grant_sequence:
      if (own_.value != 0) {  // only with the flaw
        own_.sequence = state_.sequence;
        return lock_for(Step::check_lease);
      }
      if (flaw_ != Flaw::sequence_after_load) own_.sequence = state_.sequence;
      return go(flaw_ == Flaw::key_before_token ? Step::grant_token : Step::grant_state);
    case Step::grant_state:
      entry.state = Entered::loading;
      state_.holder[key()] = me_;
      if (flaw_ == Flaw::counted_late_and_not_mended && own_.taking_over == 0) return go(Step::grant_count_late);
      return flaw_ == Flaw::state_before_token ? go(Step::grant_token) : granted();
    case Step::grant_count_late:
      ++state_.loading;
      return granted();
    default:
      wake(own_.at);
      own_.at = own_.taking_over = 0;
      return unlock_and(Step::look_slot);
  }
}

// --- Leases::end ---

void Run::ended() {
  own_.at = 0;
  if (const Step swept_then = std::exchange(own_.swept_then, Step::done); swept_then != Step::done) {
    own_.how = End::stored;
    return go(swept_then);
  }
  if (call() == Call::by_erase) return go(Step::erase_slot);
  if (call() == Call::by_retime) return go(Step::retime_header);
  unlock_and(Step::done);
}

void Run::end(Step step) {
  Entry& entry = state_.entry[own_.at];
  switch (step) {
    case Step::end_how:
      entry.end = own_.how;
      if (flaw_ == Flaw::wakes_before_it_ends) wake(own_.at);
      return go(Step::end_state);
    case Step::end_state:
      entry.state = Entered::ended;
      state_.holder[entry.key] = kNobody;
      return go(Step::end_count);
    case Step::end_count:
      --state_.loading;
      return go(Step::end_wake);
    default:
      if (flaw_ != Flaw::wakes_before_it_ends) wake(own_.at);
      return ended();
  }
}

// --- Leases::wait ---

void Run::forget_wait() {
  own_.undisturbed = 0;
  own_.seen_state = Entered::free;
  own_.seen_end = End::stored;
  own_.seen_owner = kNobody;
}

void Run::waited(Step then) {
  forget_wait();
  own_.ticket = Token::none;
  own_.ticket_place = 0;
  if (then == Step::done) return finish();
  go(then);
}

void Run::owner_died() {
  waited(Step::reap_lock);
  own_.locked_then = Step::acquire_find;
  own_.reaped_then = Step::lock;
}

// What is known of the load that is waited for: it ended, and how; or it goes on.
void Run::told() {
  if (own_.seen_state != Entered::ended) return go(Step::wait_owner);
  if (own_.ticket != Token::present) breach_ = "I4: a waiter takes the end of another load for that of its own";
  if (own_.seen_end == End::owner_died) return owner_died();
  waited(own_.seen_end == End::failed ? Step::done : own_.seen_end == End::not_stored ? Step::load : Step::look_slot);
}

void Run::wait(Step step) {
  const Entry& entry = state_.entry[own_.ticket_place];
  const bool token_first = flaw_ == Flaw::waiter_reads_token_first;
  switch (step) {
    case Step::wait_wakeups:
      own_.undisturbed = 1;
      return go(token_first ? Step::wait_token : Step::wait_state);
    case Step::wait_state:
      own_.seen_state = entry.state;
      return go(Step::wait_end);
    case Step::wait_end:
      own_.seen_end = entry.end;
      return token_first ? told() : go(Step::wait_token);
    case Step::wait_token:
      if (own_.ticket != Token::present) return waited(Step::look_slot);
      return token_first ? go(Step::wait_state) : told();
    case Step::wait_owner:
      if (entry.overdue != 0) return owner_died();
      own_.seen_owner = entry.owner;
      return go(Step::wait_lives);
    case Step::wait_lives: {
      if (!lives(own_.seen_owner)) return owner_died();
      const Byte undisturbed = own_.undisturbed;
      forget_wait();
      own_.undisturbed = undisturbed;
      return go(Step::wait_sleep);
    }
    default:
      forget_wait();
      return go(Step::wait_wakeups);
  }
}

// --- ProcessTable::reap ---

bool Run::reapable(Byte who) const {
  return who != me_ && state_.slot_used[who - 1U] != 0 && state_.process[who - 1U].alive == 0 &&
         state_.reaper[who - 1U] == kNobody;
}

void Run::reap(Byte who) {
  state_.reaper[who - 1U] = me_;
  own_.reaped = who;
  own_.reaped_any = 1;
  go(flaw_ == Flaw::slot_freed_before_take_back ? Step::reap_free : Step::reap_take_back);
}

void Run::reap_ends() {
  own_.reaped = own_.reaped_any = 0;
  const Step then = std::exchange(own_.reaped_then, Step::done);
  if (then == Step::done) return begin();
  go(then);
}

void Run::reap_take_back() {
  Entry& entry = state_.entry[own_.reaped_entry];
  if (entry.owner == own_.reaped) {
    entry.owner = kNobody;
    if (entry.state == Entered::loading) wake(own_.reaped_entry);
  }
  if (++own_.reaped_entry < scenario_.entries) return;
  own_.reaped_entry = 0;
  go(flaw_ == Flaw::slot_freed_before_take_back ? Step::reap_lock : Step::reap_free);
}

void Run::reap_free() {
  state_.slot_used[own_.reaped - 1U] = 0;
  state_.reaper[own_.reaped - 1U] = kNobody;
  if (flaw_ == Flaw::slot_freed_before_take_back) return go(Step::reap_take_back);
  own_.reaped = kNobody;
  go(Step::reap_lock);
}

}  // namespace freshet::segment::protocol
