#include "segment/protocol/code.h"

#include <iterator>
#include <string>

namespace freshet::segment::protocol {
namespace {

constexpr std::string_view kLeases = "segment/leases.cc";
constexpr std::string_view kTags = "segment/tags.h";
constexpr std::string_view kTable = "segment/process_table.cc";
constexpr std::string_view kSegment = "segment/segment.cc";
constexpr std::string_view kStore = "store/segment_store.cc";
constexpr std::string_view kLookup = "store/segment_store_lookup.cc";

constexpr Code kCode[] = {
    {Step::look_slot, kLookup, "SegmentStore::look_at", "place.load(std::memory_order_acquire)"},
    {Step::look_slot, kLookup, "SegmentStore::look_at", "log.read_fields(ref, fields)"},
    {Step::look_cleared, kLookup, "SegmentStore::look_at", "tags.cleared(fields.sequence)"},
    {Step::look_tag, kLookup, "SegmentStore::look_at", "tags.invalidated(tag, fields.sequence)"},

    {Step::lock, kSegment, "Segment::ShardLock::ShardLock", "lock_(segment.shards[shard].mutex"},
    {Step::mend, kSegment, "Segment::ShardLock::ShardLock", "segment.mend_shard(shard)"},
    {Step::mend, kSegment, "Segment::mend_shard", "leases.recount(shard)"},
    {Step::mend, kLeases, "Leases::recount", "state.load() == LeaseState::loading"},
    {Step::mend, kLeases, "Leases::recount", "loading.store(loading)"},
    {Step::unlock, "platform/robust_mutex.cc", "RobustMutex::unlock", "pthread_mutex_unlock"},

    {Step::acquire_find, kLeases, "Leases::find_loading", "loading.load(std::memory_order_relaxed) == 0"},
    {Step::acquire_find, kLeases, "Leases::find_loading", "entry.state.load() != LeaseState::loading"},
    {Step::sweep, kLeases, "Leases::find_loading", "entry.owner.load() == kNone && entry.deadline.load() <="},
    {Step::end_how, kLeases, "Leases::find_loading", "end(key, entry, LoadEnd::owner_died)"},
    {Step::acquire_find, kLeases, "Leases::abandoned", "deadline.load() <= platform::host_monotonic_us()"},
    {Step::acquire_find, kStore, "SegmentStore::acquire", "Segment::ShardLock lock("},
    {Step::acquire_find, kLeases, "Leases::acquire", "find_loading(key)"},
    {Step::acquire_find, kLeases, "Leases::acquire", "if (!abandoned(*entry))"},
    {Step::acquire_find, kLeases, "Leases::acquire", "entry->token.load()"},
    {Step::grant_wake, kLeases, "Leases::acquire", "wake(*entry)"},
    {Step::acquire_find, kLeases, "Leases::acquire", "entry.state.load() == LeaseState::loading"},
    {Step::acquire_count, kLeases, "Leases::acquire", "shard.next_lease ="},
    {Step::acquire_count, kLeases, "Leases::acquire", "loading.fetch_add(1)", {}, "leases.granting"},
    {Step::grant_wake, kLeases, "Leases::acquire", "wake(*dead)"},
    {Step::grant_token, kLeases, "Leases::grant", "entry.token.store(superblock_.next_lease.fetch_add(1) + 1)"},
    {Step::grant_key, kLeases, "Leases::grant", "entry.key_hash = key.hash", {}, "leases.half_granted"},
    {Step::grant_owner, kLeases, "Leases::grant", "entry.owner.store("},
    {Step::grant_deadline, kLeases, "Leases::grant", "entry.deadline.store("},
    {Step::grant_sequence, kLeases, "Leases::grant", "entry.sequence = superblock_.sequence.load()"},
    {Step::grant_state, kLeases, "Leases::grant", "entry.state.store(LeaseState::loading)"},
    {Step::grant_wake, kLeases, "wake", "entry.wakeups.fetch_add(1)"},
    {Step::grant_wake, kLeases, "wake", "futex_wake_all(entry.wakeups)"},

    {Step::load, "cache/load_run.cc", "run_load", "load.run("},

    {Step::set_sequence, kStore, "SegmentStore::put", "segment_->tags.sequence()"},
    {Step::check_lease, kStore, "SegmentStore::put", "reason = check(request", "store.room_made"},
    {Step::fill, kStore, "SegmentStore::put", "segment_->log.fill(ref, record)", "store.filling", "store.filled"},
    {Step::check_lease, kStore, "SegmentStore::put", "reason = check(request"},
    {Step::publish, kStore, "SegmentStore::put", "publish(request"},
    {Step::check_lease, kStore, "SegmentStore::check", "leases.find(hash, request.lease)"},
    {Step::check_cleared, kStore, "SegmentStore::check", "fence_holds(sequence, tags)"},
    {Step::check_cleared, kStore, "SegmentStore::fence_holds", "tags.cleared(sequence)"},
    {Step::check_tag, kStore, "SegmentStore::fence_holds", "tags.invalidated(slot, sequence)"},
    {Step::check_cleared, kTags, "cleared", "cleared_at.load(std::memory_order_acquire) > sequence"},
    {Step::check_tag, kTags, "invalidated", "load(std::memory_order_acquire) > sequence"},
    {Step::check_lease, kLeases, "Leases::find", "entry.token.load() != lease.token"},
    {Step::check_lease, kLeases, "Leases::find", "entry.state.load() != LeaseState::loading"},
    {Step::check_lease, kLeases, "Leases::find", "entry.key_hash == key.hash"},
    {Step::publish, kStore, "SegmentStore::publish", "found->slot->compare_exchange_weak(", "store.publishing"},
    {Step::publish, kStore, "SegmentStore::publish", "slot->store(Slot::make(", {}, "store.published"},
    {Step::end_how, kStore, "SegmentStore::publish", "end_lease(request, hash, LoadEnd::stored)"},
    {Step::supersede, kStore, "SegmentStore::publish", "leases.supersede(hash)"},
    {Step::release_find, kStore, "SegmentStore::end_lease", "leases.find(hash, request.lease)"},
    {Step::release_find, kStore, "SegmentStore::release", "leases.find(hash, lease)"},
    {Step::end_how, kStore, "SegmentStore::release", "leases.end(hash, *entry, end, message)"},

    {Step::supersede, kLeases, "Leases::supersede", "end(key, *entry, LoadEnd::superseded)"},
    {Step::end_how, kLeases, "Leases::end", "entry.end.store("},
    {Step::end_state, kLeases, "Leases::end", "entry.state.store(LeaseState::ended)"},
    {Step::end_count, kLeases, "Leases::end", "loading.fetch_sub(1)", {}, "leases.ended"},
    {Step::end_wake, kLeases, "Leases::end", "wake(entry)"},

    {Step::wait_wakeups, kLeases, "Leases::wait", "entry.wakeups.load()"},
    {Step::wait_state, kLeases, "Leases::wait", "entry.state.load()"},
    {Step::wait_end, kLeases, "Leases::wait", "entry.end.load()"},
    {Step::wait_token, kLeases, "Leases::wait", "entry.token.load() != ticket.token"},
    {Step::wait_owner, kLeases, "Leases::wait", "abandoned(entry)"},
    {Step::wait_sleep, kLeases, "Leases::wait", "futex_wait(entry.wakeups, seen,"},
    {Step::wait_lives, kTable, "ProcessTable::lives", "index == own_.load()"},
    {Step::wait_lives, kTable, "ProcessTable::lives", "slot(index).pid.load() == kUnusedProcess"},
    {Step::wait_lives, kTable, "ProcessTable::lives", "byte_is_locked_by_another("},

    {Step::reap_lock, kStore, "SegmentStore::wait", "segment_->reap()"},
    {Step::reap_take_back, kSegment, "Segment::reap", "leases.take_back_from(dead)"},
    {Step::reap_lock, kTable, "ProcessTable::reap", "slot(i).pid.load() == kUnusedProcess"},
    {Step::reap_lock, kTable, "ProcessTable::reap", "try_lock_byte("},
    {Step::reap_lock, kTable, "ProcessTable::reap", "slot(i).pid.load() != kUnusedProcess"},
    {Step::reap_take_back, kTable, "ProcessTable::reap", "on_death(i)"},
    {Step::reap_free, kTable, "ProcessTable::reap", "slot(i).pid.store(kUnusedProcess)"},
    {Step::reap_take_back, kLeases, "Leases::take_back_from", "owner.compare_exchange_strong(owner, kNone)"},

    {Step::raise_number, kTags, "raise", "sequence.fetch_add(1) + 1", {}, "tags.number_taken"},
    {Step::raise_load, kTags, "raise", "slot.load()"},
    {Step::raise_write, kTags, "raise", "seen < number && !slot.compare_exchange_weak(seen, number)"},
    {Step::supersede, kStore, "SegmentStore::erase", "leases.supersede(hash)"},
    {Step::erase_slot, kStore, "SegmentStore::erase", "segment::unpublish(", "store.erasing"},
    {Step::supersede, kStore, "SegmentStore::try_retime", "leases.supersede(hash)"},
    {Step::retime_header, kStore, "SegmentStore::try_retime", "log.retime(found.ref"},
    {Step::retime_header, kStore, "SegmentStore::try_retime", "found.slot->compare_exchange_weak("},
};

constexpr LeftOut kLeftOut[] = {
    {"SegmentStore::look_at", "if (Slot{place.load(", "proves that the bytes are the record's (I2)"},
    {"Leases::grant", "entry.message_bytes.store(0)", "the message decides nothing"},
    {"Leases::grant", "return Lease{entry.token.load()", "what was just written, under the lock"},
    {"Leases::end", "entry.message_bytes.store(bytes)", "the message decides nothing"},
    {"Leases::wait", "entry.message_bytes.load()", "the message decides nothing"},
    {"Leases::take_back_from", "entries_[i].state.load()",
     "only whether somebody is to be woken: part of the exchange"},
    {"SegmentStore::publish", "found->slot->load(", "hits, which are kept"},
    {"SegmentStore::publish", "slot->load(", "another key's entry, which is evicted"},
    {"SegmentStore::publish", "entries.fetch_add(1", "a figure"},
    {"SegmentStore::put", "pinned.store(1)", "pins guard the bytes (I2)"},
    {"SegmentStore::try_retime", "found.slot->load(", "the same entry elsewhere in the log, with another header"},
    {"Segment::mend_shard", "entries.store(", "a figure"},
    {"run_load", "core.store().get()", "not an atomic"},
    {"run_load", "core.store()->observe_load(", "a figure"},
    {"ProcessTable::reap", "own_.load()", "who reaps, which does not change"},
    {"ProcessTable::reap", "pins_of(i)[p].store(0)", "pins guard the bytes (I2)"},
};

constexpr std::string_view kSteps[] = {
    "done",        "look_slot",        "look_cleared", "look_tag",       "lock",
    "mend",        "unlock",           "sweep",        "acquire_find",   "acquire_count",
    "grant_token", "grant_key",        "grant_owner",  "grant_deadline", "grant_sequence",
    "grant_state", "grant_count_late", "grant_wake",   "load",           "set_sequence",
    "check_lease", "check_cleared",    "check_tag",    "fill",           "publish",
    "supersede",   "release_find",     "end_how",      "end_state",      "end_count",
    "end_wake",    "wait_wakeups",     "wait_state",   "wait_end",       "wait_token",
    "wait_owner",  "wait_lives",       "wait_sleep",   "reap_lock",      "reap_take_back",
    "reap_free",   "commit",           "raise_number", "raise_load",     "raise_write",
    "erase_slot",  "retime_header"};
static_assert(std::size(kSteps) == static_cast<std::size_t>(Step::kCount));

constexpr std::string_view kCalls[] = {"none",   "load",     "load_large", "load_failing", "load_unstored",
                                       "by_tag", "by_clear", "by_erase",   "by_set",       "by_retime"};

constexpr std::string_view kFlaws[] = {"none",
                                       "no_fence_check",
                                       "reader_trusts_sequences",
                                       "sequence_after_load",
                                       "slot_before_number",
                                       "number_guessed",
                                       "slot_falls_back",
                                       "no_token_check",
                                       "takeover_keeps_token",
                                       "takeover_of_the_living",
                                       "key_before_token",
                                       "state_before_token",
                                       "no_second_check",
                                       "erase_supersedes_nothing",
                                       "set_supersedes_nothing",
                                       "retime_supersedes_nothing",
                                       "death_unnoticed",
                                       "slot_freed_before_take_back",
                                       "counted_late_and_not_mended",
                                       "refusal_keeps_lease",
                                       "wakes_before_it_ends",
                                       "waiter_reads_token_first",
                                       "sweep_spares_nobody"};
static_assert(std::size(kFlaws) == static_cast<std::size_t>(Flaw::kCount));

std::string person(Byte who) { return who == kNobody ? "nobody" : std::string(1, static_cast<char>('A' + who - 1)); }
std::string number(Byte n) { return std::to_string(n); }

}  // namespace

std::span<const Code> all_code() { return kCode; }
std::span<const LeftOut> left_out() { return kLeftOut; }
std::string_view name(Step step) { return kSteps[static_cast<std::size_t>(step)]; }
std::string_view name(Call call) { return kCalls[static_cast<std::size_t>(call)]; }
std::string_view name(Flaw flaw) { return kFlaws[static_cast<std::size_t>(flaw)]; }

std::string Model::describe(const Move& move) const {
  std::string line;
  switch (move.kind) {
    case Move::Kind::death:
      return person(move.who) + " dies before " + std::string(name(move.step));
    case Move::Kind::birth:
      return person(move.who) + " is another process now, in the same slot";
    case Move::Kind::deadline:
      return "the deadline of lease " + number(move.who) + " passes";
    case Move::Kind::period:
      return person(move.who) + " looks up after the liveness period";
    case Move::Kind::step:
      line = person(move.who) + " " + std::string(name(move.step));
  }
  for (const Code& code : kCode) {
    if (code.step != move.step) continue;
    return line + "  " + std::string(code.function) + ": " + std::string(code.statement);
  }
  return line;
}

std::string Model::describe(const State& state) const {
  std::string text = "\n       sequence " + number(state.sequence) + " tag " + number(state.tag_slot) + " cleared " +
                     number(state.cleared_at);
  text += state.lock == kOrphaned ? " lock orphaned" : state.lock == kNobody ? "" : " lock " + person(state.lock);
  for (Byte e = 0; e < scenario_.entries; ++e) {
    const Entry& entry = state.entry[e];
    if (entry.state == Entered::free) continue;
    text += " | lease " + number(e) + (entry.state == Entered::loading ? " loading key " : " ended key ") +
            number(entry.key) + " for " + person(entry.owner) + (entry.overdue != 0 ? " overdue" : "");
  }
  for (Byte key = 0; key < kKeys; ++key) {
    if (state.database[key] <= 1 && state.record[key].present == 0) continue;
    text += " | key " + number(key) + ": database " + number(state.database[key]) + " invalidated " +
            number(state.invalidated[key]);
    if (state.record[key].present == 0) continue;
    text += " stored " + number(state.record[key].version) + " of sequence " + number(state.record[key].sequence) +
            (state.record[key].fresh != 0 ? "" : " stale");
  }
  for (Byte who = 1; who <= kProcesses; ++who) {
    const Process& process = state.process[who - 1U];
    text += " | " + person(who) + (process.alive == 0 ? " dead" : " " + std::string(name(process.step)));
    if (process.token == Token::present) text += " holds lease " + number(process.place);
    if (process.token == Token::past) text += " held lease " + number(process.place);
    if (process.value != 0) text += " value " + number(process.value);
  }
  return text;
}

}  // namespace freshet::segment::protocol
