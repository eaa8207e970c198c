#include "command_line.h"

#include "exit_code.h"
#include "printable.h"

#include <algorithm>
#include <numeric>

namespace freshet::tools {
namespace {

std::string quoted(std::string_view word) { return '"' + printable(word) + '"'; }

// Levenshtein's distance, with two rows.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> above(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t i = 0; i < a.size(); ++i) {
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({above[j + 1] + 1, row[j] + 1, above[j] + (a[i] == b[j] ? 0U : 1U)});
    }
    above.swap(row);
  }
  return above[b.size()];
}

const Flag& find_flag(const Verb& verb, std::string_view name) {
  for (const Flag& flag : verb.flags) {
    if (flag.name == name) return flag;
  }
  std::vector<std::string_view> names;
  for (const Flag& flag : verb.flags) names.push_back(flag.name);
  std::string message = std::string(verb.name) + " has no option " + quoted(name);
  const std::string_view meant = nearest(name, names);
  if (!meant.empty()) {
    message += "; did you mean " + std::string(meant) + "?";
  } else {
    message += "; a word that begins with '-' goes behind --";
  }
  throw UsageError(message);
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  // Longer words are no typing errors, and the distance costs the product of the lengths.
  if (word.size() > 40) return {};
  std::string_view best;
  std::size_t best_distance = 3;
  for (const std::string_view candidate : candidates) {
    // A word of which every letter may be wrong is not near to anything.
    const std::size_t d = distance(word, candidate);
    if (d < best_distance && d < candidate.size() / 2 + 1) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

bool asks_for_help(std::span<const std::string_view> words) {
  for (const std::string_view word : words) {
    if (word == "--") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

Arguments parse(const Verb& verb, std::span<const std::string_view> words) {
  Arguments arguments;
  bool only_operands = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!only_operands && word == "--") {
      only_operands = true;
    } else if (only_operands || word.size() < 2 || word.front() != '-') {
      if (arguments.operands_.size() == verb.operands.size()) {
        throw UsageError(std::string(verb.name) + ": one word too many: " + quoted(word) +
                         "; put a word that holds spaces in quotes");
      }
      arguments.operands_.emplace_back(word);
    } else {
      const std::size_t equals = word.find('=');
      const Flag& flag = find_flag(verb, word.substr(0, equals));
      std::string value;
      if (flag.value.empty()) {
        if (equals != std::string_view::npos) throw UsageError(std::string(flag.name) + " takes no value");
      } else if (equals != std::string_view::npos) {
        value = word.substr(equals + 1);
      } else if (i + 1 < words.size()) {
        value = words[++i];
      } else {
        throw UsageError(std::string(flag.name) + " needs a value: " + std::string(flag.name) + " " +
                         std::string(flag.value));
      }
      std::vector<std::string>& values = arguments.flags_[std::string(flag.name)];
      if (!values.empty() && !flag.repeats) throw UsageError(std::string(flag.name) + " is given twice");
      values.push_back(std::move(value));
    }
  }
  if (arguments.operands_.size() < verb.operands.size()) {
    const Operand& missing = verb.operands[arguments.operands_.size()];
    throw UsageError(std::string(verb.name) + " needs " + std::string(missing.name) + ": " + std::string(missing.help));
  }
  return arguments;
}

std::string_view Arguments::value(std::string_view flag, std::string_view otherwise) const {
  const auto found = flags_.find(flag);
  return found == flags_.end() ? otherwise : std::string_view(found->second.front());
}

const std::vector<std::string>& Arguments::values(std::string_view flag) const {
  static const std::vector<std::string> kNone;
  const auto found = flags_.find(flag);
  return found == flags_.end() ? kNone : found->second;
}

}  // namespace freshet::tools
