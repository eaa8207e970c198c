// The steps of store/segment_store.cc and tags.h: a look, a load and its fill, and what invalidates them.
#include "segment/protocol/steps.h"

namespace freshet::segment::protocol {

// --- SegmentStore::get ---

void Run::served() {
  if (own_.seen_version < own_.look_floor) {
    breach_ = "I3: a look that began after the invalidation had returned serves what was read before its commit";
  }
  forget_look();
  if (own_.token == Token::none) return finish();
  own_.how = End::superseded;
  lock_for(Step::release_find);
}

void Run::missed() {
  forget_look();
  if (own_.token != Token::none) return go(Step::load);
  lock_for(Step::acquire_find);
}

void Run::forget_look() { own_.seen_version = own_.seen_sequence = own_.seen_fresh = own_.look_floor = 0; }

void Run::look(Step step) {
  const Record& record = state_.record[key()];
  switch (step) {
    case Step::look_slot:
      own_.look_floor = state_.invalidated[key()];
      if (record.present == 0) return missed();
      own_.seen_version = record.version;
      own_.seen_sequence = record.sequence;
      own_.seen_fresh = record.fresh;
      if (flaw_ == Flaw::reader_trusts_sequences) return own_.seen_fresh != 0 ? served() : missed();
      return go(Step::look_cleared);
    case Step::look_cleared:
      return state_.cleared_at > own_.seen_sequence ? missed() : go(Step::look_tag);
    default:
      return state_.tag_slot > own_.seen_sequence || own_.seen_fresh == 0 ? missed() : served();
  }
}

// --- the loader; SegmentStore::put, release ---

void Run::load() {
  own_.ticket = Token::none;
  own_.ticket_place = 0;
  if (call() == Call::load_failing || call() == Call::load_unstored) {
    own_.how = call() == Call::load_failing ? End::failed : End::not_stored;
    return own_.token == Token::none ? finish() : lock_for(Step::release_find);
  }
  own_.value = state_.database[key()];
  if (own_.token == Token::none) return finish();
  if (flaw_ == Flaw::sequence_after_load) return go(Step::grant_sequence);
  lock_for(Step::check_lease);
}

void Run::refused() {
  own_.check_floor = 0;
  own_.how = End::superseded;
  if (flaw_ == Flaw::refusal_keeps_lease) return unlock_and(Step::done);
  own_.locked_then = Step::release_find;
  unlock_and(Step::lock);
}

void Run::allowed() {
  if (call() != Call::load_large || own_.filled != 0) return go(Step::publish);
  own_.filled = 1;
  unlock_and(Step::fill);
}

void Run::check(Step step) {
  switch (step) {
    case Step::check_lease:
      own_.check_floor = state_.invalidated[key()];
      if (!find()) return refused();
      return flaw_ == Flaw::no_fence_check ? allowed() : go(Step::check_cleared);
    case Step::check_cleared:
      return state_.cleared_at > own_.sequence ? refused() : go(Step::check_tag);
    default:
      return state_.tag_slot > own_.sequence ? refused() : allowed();
  }
}

void Run::publish() {
  if (loads(call())) {
    if (state_.holder[key()] != me_) breach_ = "I4: a fill without the right to it is stored";
    if (own_.value < own_.check_floor) breach_ = "I3: a fill is stored that an invalidation had overtaken";
  }
  state_.record[key()] = {1, own_.value, own_.sequence, 1};
  own_.check_floor = 0;
  if (!loads(call())) return go(Step::supersede);
  own_.how = End::stored;
  release_find();
}

void Run::release_find() {
  if (!find()) return unlock_and(Step::done);
  if (state_.holder[key()] != me_) breach_ = "I4: somebody ends a load that is another's";
  own_.at = own_.place;
  go(Step::end_how);
}

void Run::supersede() {
  const bool flawed = (flaw_ == Flaw::erase_supersedes_nothing && call() == Call::by_erase) ||
                      (flaw_ == Flaw::set_supersedes_nothing && call() == Call::by_set) ||
                      (flaw_ == Flaw::retime_supersedes_nothing && call() == Call::by_retime);
  if (flawed) return ended();
  if (sweeps()) return;
  const Byte e = find_loading();
  if (e == kEntries) return ended();
  own_.at = e;
  own_.how = End::superseded;
  go(Step::end_how);
}

// --- whoever changes the database, and then invalidates ---

void Run::commit() {
  own_.value = ++state_.database[key()];
  switch (call()) {
    case Call::by_tag:
    case Call::by_clear:
      return go(Step::raise_number);
    case Call::by_set:
      return go(Step::set_sequence);
    default:
      return lock_for(Step::supersede);
  }
}

void Run::raise(Step step) {
  Byte& slot = call() == Call::by_tag ? state_.tag_slot : state_.cleared_at;
  const bool number_last = flaw_ == Flaw::slot_before_number || flaw_ == Flaw::number_guessed;
  switch (step) {
    case Step::raise_number:
      if (number_last && own_.number == 0) {
        own_.number = state_.sequence;
        if (flaw_ == Flaw::number_guessed) ++own_.number;
        return go(Step::raise_load);
      }
      ++state_.sequence;
      if (number_last) return finish();
      own_.number = state_.sequence;
      return go(Step::raise_load);
    case Step::raise_load:
      own_.seen_number = slot;
      break;
    default:
      if (slot == own_.seen_number || flaw_ == Flaw::slot_falls_back) {
        slot = own_.seen_number = own_.number;
      } else {
        own_.seen_number = slot;
      }
  }
  if (own_.seen_number < own_.number || (step == Step::raise_load && flaw_ == Flaw::slot_falls_back)) {
    return go(Step::raise_write);
  }
  return number_last ? go(Step::raise_number) : finish();
}

}  // namespace freshet::segment::protocol
