// One step of one process, on a state of its own: what the step does to shared memory and where its code goes from
// there.
#pragma once

#include "segment/protocol/model.h"

#include <string_view>

namespace freshet::segment::protocol {

/// Threads: one at a time. Ownership: refers to what it is given.
class Run {
 public:
  Run(const Scenario& scenario, Flaw flaw, State& state, Byte who)
      : scenario_(scenario), flaw_(flaw), state_(state), me_(who), own_(state.process[who - 1U]) {}

  /// Goes to the first step of the next call.
  void begin();
  /// False when the step cannot be made now: the lock is taken, or there is nothing left to do.
  bool step();
  /// Process `who` is dead, and nobody else is taking its slot back.
  bool reapable(Byte who) const;
  void reap(Byte who);
  /// What the step did that it must not do; empty for a right one.
  std::string_view breach() const { return breach_; }

 private:
  Byte key() const;
  Call call() const;
  void go(Step to);
  void lock_for(Step then);
  void unlock_and(Step then);
  void finish();
  bool lives(Byte owner) const;
  bool abandoned(const Entry& entry) const;
  bool sweeps();
  Byte find_loading();
  bool find() const;
  void wake(Byte e);
  void take_over(Byte e);
  void served();
  void missed();
  void forget_look();
  void look(Step step);
  void acquire_find();
  void give_token();
  void granted();
  void begin_grant();
  void grant(Step step);
  void load();
  void refused();
  void allowed();
  void check(Step step);
  void publish();
  void release_find();
  void supersede();
  void ended();
  void end(Step step);
  void forget_wait();
  void waited(Step then);
  void owner_died();
  void told();
  void wait(Step step);
  void reap_ends();
  void reap_take_back();
  void reap_free();
  void commit();
  void raise(Step step);

  const Scenario& scenario_;
  const Flaw flaw_;
  State& state_;
  const Byte me_;  // from 1
  Process& own_;
  std::string_view breach_;
};

}  // namespace freshet::segment::protocol
