#include "segment/protocol/model.h"

#include "segment/protocol/steps.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace freshet::segment::protocol {

State Model::start() const {
  State state{};
  state.database.fill(1);
  state.sequence = 1;  // as Segment::format leaves it
  for (Byte who = 1; who <= kProcesses; ++who) {
    state.slot_used[who - 1U] = 1;
    state.process[who - 1U].alive = 1;
    Run(scenario_, flaw_, state, who).begin();
  }
  return state;
}

// What `who` may do next: one step, but where its code has a choice that the model leaves open.
void Model::steps_of(const State& state, Byte who, std::vector<Successor>& out) const {
  const Process& process = state.process[who - 1U];
  bool must_reap = false;
  for (Byte dead = 1; process.step == Step::reap_lock && dead <= kProcesses; ++dead) {
    // The dead in any order. Who dies behind the back of the scan is left for the next one.
    Successor reaping{{Move::Kind::step, who, process.step}, state, {}};
    Run run(scenario_, flaw_, reaping.state, who);
    if (!run.reapable(dead)) continue;
    run.reap(dead);
    out.push_back(reaping);
    must_reap = process.reaped_any == 0;
  }
  if (must_reap) return;
  Successor next{{Move::Kind::step, who, process.step}, state, {}};
  if (process.step == Step::wait_sleep && process.undisturbed != 0) next.move.kind = Move::Kind::period;
  Run run(scenario_, flaw_, next.state, who);
  if (!run.step()) return;
  next.breach = run.breach();
  out.push_back(next);
}

void Model::successors(const State& state, std::vector<Successor>& out) const {
  for (Byte who = 1; who <= kProcesses; ++who) {
    const Process& process = state.process[who - 1U];
    if (process.alive == 0) {
      if (state.births == scenario_.births || state.slot_used[who - 1U] != 0) continue;
      Successor born{{Move::Kind::birth, who, Step::done}, state, {}};
      ++born.state.births;
      born.state.slot_used[who - 1U] = 1;
      Process& newborn = born.state.process[who - 1U];
      newborn.alive = newborn.reborn = 1;
      newborn.step = Step::reap_lock;  // as Segment::open does
      out.push_back(born);
      continue;
    }
    if (process.step == Step::done) continue;
    steps_of(state, who, out);
    if (state.deaths == scenario_.deaths) continue;
    Successor dead{{Move::Kind::death, who, process.step}, state, {}};
    State& after = dead.state;
    ++after.deaths;
    after.process[who - 1U] = {};
    if (after.lock == who) after.lock = kOrphaned;
    for (Byte& reaper : after.reaper) reaper = reaper == who ? kNobody : reaper;
    for (Byte& holder : after.holder) holder = holder == who ? kNobody : holder;
    out.push_back(dead);
  }
  for (Byte e = 0; scenario_.deadlines && e < scenario_.entries; ++e) {
    if (state.entry[e].state != Entered::loading || state.entry[e].overdue != 0) continue;
    Successor late{{Move::Kind::deadline, e, Step::done}, state, {}};
    late.state.entry[e].overdue = 1;
    out.push_back(late);
  }
}

std::string_view Model::breach(const State& state) const {
  for (Byte key = 0; key < kKeys; ++key) {
    const Record& record = state.record[key];
    const bool serves = record.present != 0 && record.fresh != 0 && record.sequence >= state.tag_slot &&
                        record.sequence >= state.cleared_at;
    if (serves && record.version < state.invalidated[key]) {
      return "I3: whoever looks now is served what was read before a commit whose invalidation has returned";
    }
    unsigned owners = 0;
    for (Byte who = 1; who <= kProcesses; ++who) {
      const Process& process = state.process[who - 1U];
      if (process.alive == 0 || process.token != Token::present || scenario_.key[who - 1U] != key) continue;
      const Entry& entry = state.entry[process.place];
      owners += entry.state == Entered::loading && entry.key == key ? 1U : 0U;
    }
    if (owners > 1) return "I4: two that live have the lease of one key";
  }
  if (state.tag_slot > state.sequence || state.cleared_at > state.sequence) {
    return "I6: an invalidation reaches loads that have not begun";
  }
  for (const Entry& entry : state.entry) {
    // One that is overdue anybody may take over, so it does no harm: it can be left so by whoever died while it gave
    // the entry of a late owner to another key.
    if (entry.state != Entered::loading || entry.owner == kNobody || entry.overdue != 0) continue;
    const Process& owner = state.process[entry.owner - 1U];
    if (owner.alive != 0 && owner.step == Step::done) return "I4: a call has returned and its lease has not ended";
  }
  return {};
}

bool Model::settled(const State& state) const {
  return std::all_of(state.process.begin(), state.process.end(),
                     [](const Process& process) { return process.alive == 0 || process.step == Step::done; });
}

bool Model::twins(std::size_t a, std::size_t b) const {
  return scenario_.calls[a] == scenario_.calls[b] && scenario_.key[a] == scenario_.key[b];
}

State Model::canonical(const State& state) const {
  std::array<Byte, kProcesses> order{};
  for (Byte i = 0; i < kProcesses; ++i) order[i] = i;
  bool moved = false;
  for (std::size_t end = kProcesses; end > 1; --end) {
    for (std::size_t i = 0; i + 1 < end; ++i) {
      if (!twins(i, i + 1) || std::memcmp(&state.process[order[i + 1]], &state.process[order[i]], sizeof(Process)) >= 0)
        continue;
      std::swap(order[i], order[i + 1]);
      moved = true;
    }
  }
  if (!moved) return state;
  std::array<Byte, kProcesses + 1> now_called{};
  State sorted = state;
  for (Byte i = 0; i < kProcesses; ++i) {
    now_called[order[i] + 1U] = static_cast<Byte>(i + 1);
    sorted.process[i] = state.process[order[i]];
    sorted.slot_used[i] = state.slot_used[order[i]];
    sorted.reaper[i] = state.reaper[order[i]];
  }
  for (Byte& who : sorted.reaper) who = now_called[who];
  for (Byte& who : sorted.holder) who = now_called[who];
  for (Entry& entry : sorted.entry) entry.owner = now_called[entry.owner];
  for (Process& process : sorted.process) {
    process.seen_owner = now_called[process.seen_owner];
    process.reaped = now_called[process.reaped];
  }
  if (sorted.lock != kOrphaned) sorted.lock = now_called[sorted.lock];
  return sorted;
}

}  // namespace freshet::segment::protocol
