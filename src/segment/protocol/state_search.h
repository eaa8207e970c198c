// Every state that a model can come to, breadth first: the shortest way to a broken invariant, and whether those who
// live can always come to their end. Exhaustive: a visited state is kept whole, so no two are ever taken for one.
//
// A model has State (bytes without padding, with the number of `deaths`), Successor, start(), successors(), breach(),
// settled(), canonical() and describe(); see model.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::segment::protocol {

template <class Model>
class StateSearch {
  using State = typename Model::State;
  using Successor = typename Model::Successor;

 public:
  struct Outcome {
    std::size_t states = 0;
    std::size_t moves = 0;
    std::size_t depth = 0;  ///< steps of the longest of all shortest ways
    std::size_t settled = 0;
    std::string breach;       ///< empty: every state keeps every invariant
    std::string trace;        ///< the shortest way to the breach, for people
    bool whole = true;        ///< false: there are more than `most_states`, or the search ended at a breach
    std::vector<bool> taken;  ///< by the number of the step: somebody took it somewhere
  };

  explicit StateSearch(const Model& model, std::size_t most_states = 8'000'000)
      : model_(model), most_states_(most_states) {}

  Outcome run() {
    visit(model_.canonical(model_.start()), 0);
    std::vector<Successor> next;
    std::size_t level_ends = 1;
    for (std::uint32_t at = 0; at < states_.size() && outcome_.breach.empty(); ++at) {
      if (at == level_ends) {
        ++outcome_.depth;
        level_ends = states_.size();
      }
      if (states_.size() > most_states_) return give_up();
      next.clear();
      model_.successors(State(states_[at]), next);
      first_edge_.push_back(edges_.size());
      for (const Successor& successor : next) {
        if (successor.by_the_living()) take(static_cast<std::size_t>(successor.move.step));
        const std::uint32_t to = visit(model_.canonical(successor.state), at);
        edges_.push_back(to << 2 | (successor.by_the_living() ? 2U : 0U) | (successor.by_patience() ? 1U : 0U));
        if (!successor.breach.empty()) {
          broken(successor.breach, at, &successor);
          break;
        }
      }
    }
    first_edge_.push_back(edges_.size());
    outcome_.states = states_.size();
    outcome_.moves = edges_.size();
    if (!outcome_.breach.empty()) {
      outcome_.whole = false;
      return outcome_;
    }
    look_for_the_stuck(0, "nobody who lives gets what it wants from here, whatever the living do");
    if (outcome_.breach.empty()) {
      look_for_the_stuck(1, "nobody has died, and yet somebody sleeps that only the liveness period wakes");
    }
    return outcome_;
  }

 private:
  std::uint32_t visit(const State& state, std::uint32_t from) {
    if (2 * (states_.size() + 1) > table_.size()) grow();
    std::size_t at = hash(state) & (table_.size() - 1);
    while (table_[at] != 0) {
      if (std::memcmp(&states_[table_[at] - 1], &state, sizeof(State)) == 0) return table_[at] - 1;
      at = (at + 1) & (table_.size() - 1);
    }
    states_.push_back(state);
    parents_.push_back(from);
    table_[at] = static_cast<std::uint32_t>(states_.size());
    const auto number = static_cast<std::uint32_t>(states_.size() - 1);
    if (outcome_.breach.empty()) {
      if (const std::string_view what = model_.breach(state); !what.empty()) broken(what, number, nullptr);
    }
    return number;
  }

  void take(std::size_t step) {
    if (outcome_.taken.size() <= step) outcome_.taken.resize(step + 1);
    outcome_.taken[step] = true;
  }

  static std::size_t hash(const State& state) {
    std::uint64_t sum = 0x9E3779B97F4A7C15;
    std::uint64_t word = 0;
    const auto* bytes = reinterpret_cast<const std::byte*>(&state);
    for (std::size_t i = 0; i < sizeof(State); i += sizeof(word)) {
      word = 0;
      std::memcpy(&word, bytes + i, std::min(sizeof(word), sizeof(State) - i));
      sum = (sum ^ word) * 0xFF51AFD7ED558CCD;
      sum ^= sum >> 32;
    }
    return static_cast<std::size_t>(sum);
  }

  void grow() {
    table_.assign(std::max<std::size_t>(table_.size() * 2, 1U << 16), 0);
    for (std::size_t i = 0; i < states_.size(); ++i) {
      std::size_t at = hash(states_[i]) & (table_.size() - 1);
      while (table_[at] != 0) at = (at + 1) & (table_.size() - 1);
      table_[at] = static_cast<std::uint32_t>(i + 1);
    }
  }

  // Backwards from where all is settled, over moves of the living alone. What is not met is stuck. With `patience` 1
  // only states in which nobody has died are looked at, and nobody may wait for a period to pass.
  void look_for_the_stuck(std::uint32_t patience, const char* what) {
    const auto counts = [&](std::uint32_t edge) { return (edge & 2U) != 0 && (patience == 0 || (edge & 1U) == 0); };
    std::vector<std::uint32_t> into(states_.size() + 1, 0);
    for (const std::uint32_t edge : edges_) into[edge >> 2] += counts(edge) ? 1U : 0U;
    std::uint32_t sum = 0;
    for (std::uint32_t& n : into) sum += std::exchange(n, sum);
    std::vector<std::uint32_t> from(sum);
    std::vector<std::uint32_t> filled(into.begin(), into.end() - 1);
    for (std::uint32_t s = 0; s < states_.size(); ++s) {
      for (std::size_t e = first_edge_[s]; e < first_edge_[s + 1]; ++e) {
        if (counts(edges_[e])) from[filled[edges_[e] >> 2]++] = s;
      }
    }
    std::vector<bool> met(states_.size());
    std::vector<std::uint32_t> open;
    for (std::uint32_t s = 0; s < states_.size(); ++s) {
      if (!model_.settled(states_[s])) continue;
      met[s] = true;
      open.push_back(s);
    }
    outcome_.settled = open.size();
    while (!open.empty()) {
      const std::uint32_t s = open.back();
      open.pop_back();
      for (std::uint32_t e = into[s]; e < into[s + 1]; ++e) {
        if (met[from[e]]) continue;
        met[from[e]] = true;
        open.push_back(from[e]);
      }
    }
    for (std::uint32_t s = 0; s < states_.size(); ++s) {
      if (met[s] || (patience == 1 && states_[s].deaths != 0)) continue;
      return broken(what, s, nullptr);
    }
  }

  // The way back to the start, and then forward again with the processes' own numbers, which canonical() mixed.
  void broken(std::string_view what, std::uint32_t last, const Successor* then) {
    outcome_.breach = what;
    std::vector<std::uint32_t> way;
    for (std::uint32_t s = last; s != 0; s = parents_[s]) way.push_back(s);
    State state = model_.start();
    std::string& trace = outcome_.trace;
    trace = "     start" + model_.describe(state) + "\n";
    std::vector<Successor> next;
    for (std::size_t i = way.size(); i-- > 0;) {
      next.clear();
      model_.successors(state, next);
      const auto step = std::find_if(next.begin(), next.end(), [&](const Successor& successor) {
        const State seen = model_.canonical(successor.state);
        return std::memcmp(&seen, &states_[way[i]], sizeof(State)) == 0;
      });
      if (step == next.end()) break;  // cannot be: every state was come to from its parent
      add_line(way.size() - i, *step);
      state = step->state;
    }
    if (then != nullptr) {
      next.clear();
      model_.successors(state, next);
      const auto step = std::find_if(next.begin(), next.end(),
                                     [&](const Successor& successor) { return successor.breach == then->breach; });
      if (step != next.end()) add_line(way.size() + 1, *step);
    }
    trace += "  => " + outcome_.breach + "\n";
  }

  void add_line(std::size_t number, const Successor& step) {
    std::string digits = std::to_string(number);
    digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, ' ');
    outcome_.trace += digits + " " + model_.describe(step.move) + model_.describe(step.state) + "\n";
  }

  Outcome give_up() {
    outcome_.states = states_.size();
    outcome_.whole = false;
    return outcome_;
  }

  const Model& model_;
  std::size_t most_states_;
  std::vector<State> states_;
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint32_t> table_;  // open addressing; a state's number plus one
  std::vector<std::uint32_t> edges_;
  std::vector<std::size_t> first_edge_;
  Outcome outcome_;
};

}  // namespace freshet::segment::protocol
