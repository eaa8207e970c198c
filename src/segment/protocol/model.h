// The lease and fence protocol as a model: what leases.cc, tags.h, process_table.cc and store/segment_store.cc do with
// shared memory, cut into atomic steps, and nothing else. state_search.h takes every order of these steps, with a death
// before any of them; model_test.cc says what must hold then (I3, I4). Not part of the library.
//
// The model is linked to the code by names: kCode (code.h) says of each step which statement of which function
// it is, and a test holds the two against each other.
//
// What stands for what:
//   a token      whether it is the entry's present one, for nothing else matters (Token)
//   a value      the number of the commit to the database that it was read after
//   a tag        one slot, which all keys carry
//   a shard      one, for all keys
//   a deadline   passes at any moment after the grant: LeaseEntry::overdue
//   a futex      Process::undisturbed: nobody bumped `wakeups` since the process read it
// Left out: eviction (it only takes entries away, or moves them with their sequence), hits, times, bytes (I2).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace freshet::segment::protocol {

using Byte = std::uint8_t;
inline constexpr Byte kProcesses = 3;
inline constexpr Byte kKeys = 2;
inline constexpr Byte kEntries = 2;
/// Processes are numbered from 1 wherever one is named in a state: 0 is nobody.
inline constexpr Byte kNobody = 0;
/// In State::lock: its owner died; the next one mends.
inline constexpr Byte kOrphaned = 255;

/// What a process is about to do. `x_y`: y of function x.
enum class Step : Byte {
  done,
  // Reading: SegmentStore::get.
  look_slot,
  look_cleared,
  look_tag,
  // The shard's lock.
  lock,
  mend,
  unlock,
  // Leases::find_loading, Leases::acquire, Leases::grant.
  sweep,
  acquire_find,
  acquire_count,
  grant_token,
  grant_key,
  grant_owner,
  grant_deadline,
  grant_sequence,
  grant_state,
  grant_count_late,  // only with a flaw
  grant_wake,
  // The loader.
  load,
  // SegmentStore::put, release.
  set_sequence,
  check_lease,
  check_cleared,
  check_tag,
  fill,
  publish,
  supersede,
  release_find,
  // Leases::end.
  end_how,
  end_state,
  end_count,
  end_wake,
  // Leases::wait.
  wait_wakeups,
  wait_state,
  wait_end,
  wait_token,
  wait_owner,
  wait_lives,
  wait_sleep,
  // ProcessTable::reap, Leases::take_back_from.
  reap_lock,
  reap_take_back,
  reap_free,
  // Whoever changes the database, and then invalidates: Tags::raise, SegmentStore::erase, retime.
  commit,
  raise_number,
  raise_load,
  raise_write,
  erase_slot,
  retime_header,
  kCount,
};
std::string_view name(Step step);

/// What a process wants, one after another. Invalidations follow a commit of their own.
enum class Call : Byte {
  none,
  load,
  load_large,
  load_failing,
  load_unstored,
  by_tag,
  by_clear,
  by_erase,
  by_set,
  by_retime
};
constexpr bool loads(Call call) { return call >= Call::load && call <= Call::load_unstored; }
std::string_view name(Call call);

enum class End : Byte { stored, not_stored, failed, superseded, owner_died };
enum class Entered : Byte { free, loading, ended };

/// Tokens are only ever compared with the one in their entry, and no two grants give the same.
enum class Token : Byte { none, present, past };

struct Entry {
  Byte key, owner, overdue;
  Entered state;
  End end;
};

/// What the key's slot in the index leads to.
struct Record {
  Byte present, version, sequence, fresh;
};

struct Process {
  Step step;
  Byte alive, reborn, call;
  // Whither after the lock is taken, after it is given up, after the reaping.
  Step locked_then, unlocked_then, reaped_then;
  Byte value;   // loaded, or committed
  Token token;  // of the lease
  Byte place, sequence;
  Token ticket;
  Byte ticket_place;
  Byte at;  // the entry that is being granted or ended
  // Where the search for the key's lease goes on, and in which step, once a lease that is in nobody's way is ended.
  Byte scanned;
  Step swept_then;
  End how;
  Byte taking_over, filled;
  // What was read of shared memory and not yet acted upon.
  Byte undisturbed;
  Entered seen_state;
  End seen_end;
  Byte seen_owner;
  Byte seen_version, seen_sequence, seen_fresh;
  Byte number, seen_number;
  Byte reaped, reaped_entry, reaped_any;
  // What only the observer knows: the commit whose invalidation had returned when the look, or the check, began.
  Byte look_floor, check_floor;
};

struct State {
  // The segment.
  Byte sequence, cleared_at, tag_slot;
  Byte lock, loading, next_lease;
  std::array<Entry, kEntries> entry;
  std::array<Record, kKeys> record;
  std::array<Byte, kProcesses> slot_used, reaper;
  // The world: commits so far; the observer's: the latest commit whose invalidation has returned, who has the right.
  std::array<Byte, kKeys> database, invalidated, holder;
  Byte deaths, births;
  std::array<Process, kProcesses> process;
};
static_assert(std::has_unique_object_representations_v<State>, "states are hashed and compared as bytes");

/// Ways to break the protocol. Each must be found: a model that accepts everything proves nothing.
enum class Flaw : Byte {
  none,
  no_fence_check,
  reader_trusts_sequences,
  sequence_after_load,
  slot_before_number,
  number_guessed,
  slot_falls_back,
  no_token_check,
  takeover_keeps_token,
  takeover_of_the_living,
  key_before_token,
  state_before_token,
  no_second_check,
  erase_supersedes_nothing,
  set_supersedes_nothing,
  retime_supersedes_nothing,
  death_unnoticed,
  slot_freed_before_take_back,
  counted_late_and_not_mended,
  refusal_keeps_lease,
  wakes_before_it_ends,
  waiter_reads_token_first,
  sweep_spares_nobody,
  kCount,
};
std::string_view name(Flaw flaw);

struct Scenario {
  std::string_view name;
  /// What each process does. A process that is born anew does the calls of `newborn`.
  std::array<std::vector<Call>, kProcesses> calls;
  /// Of which key; all of a process's calls are of one.
  std::array<Byte, kProcesses> key{};
  Byte entries = 1;
  Byte deaths = 2;
  Byte births = 0;
  bool deadlines = true;
  Call newborn = Call::load;
};

/// What leads from a state to the next. The last three are nobody's doing.
struct Move {
  enum class Kind : Byte { step, period, death, birth, deadline };
  Kind kind = Kind::step;
  Byte who = kNobody;  ///< process, or the entry whose deadline passes
  Step step = Step::done;
};

struct Successor {
  Move move;
  State state;
  /// What the step did that it must not do; empty for a right one.
  std::string_view breach;

  bool by_the_living() const { return move.kind <= Move::Kind::period; }
  /// By a sleeper that nobody woke: it looks up every kLivenessPeriod.
  bool by_patience() const { return move.kind == Move::Kind::period; }
};

class Model {
 public:
  using State = protocol::State;
  using Successor = protocol::Successor;

  explicit Model(const Scenario& scenario, Flaw flaw = Flaw::none) : scenario_(scenario), flaw_(flaw) {}

  State start() const;
  void successors(const State& state, std::vector<Successor>& out) const;
  /// Empty when the state keeps every invariant that can be seen in it alone.
  std::string_view breach(const State& state) const;
  /// All that live have what they called for.
  bool settled(const State& state) const;
  /// Equal for states that differ only in how processes with the same calls are numbered.
  State canonical(const State& state) const;
  /// Lines for people: what the move was, and what is in shared memory after it.
  std::string describe(const Move& move) const;
  std::string describe(const State& state) const;

 private:
  void steps_of(const State& state, Byte who, std::vector<Successor>& out) const;
  bool twins(std::size_t a, std::size_t b) const;

  Scenario scenario_;
  Flaw flaw_;
};

}  // namespace freshet::segment::protocol
