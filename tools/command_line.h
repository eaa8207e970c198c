// What may stand behind a verb, as records: parsing and help both read them.
//
// Our own few lines instead of a library: a key is any string of bytes, and libraries want to see lists, numbers or
// flags in some of them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::tools {

/// What stands behind the verb without a name of its own. All are required, in order.
struct Operand {
  std::string_view name;  ///< "URL"
  std::string_view help;
};

struct Flag {
  std::string_view name;   ///< "--tag"
  std::string_view value;  ///< "T"; empty for a switch
  std::string_view help;
  std::string_view default_text = {};  ///< what holds without it, where there is something to say
  bool repeats = false;
};

class Arguments;
enum class ExitCode : int;

struct Verb {
  std::string_view name;
  std::string_view summary;      ///< one clause
  std::string_view usage;        ///< what stands behind "freshet NAME"
  std::string_view description;  ///< some sentences, wrapped
  std::span<const Operand> operands;
  std::span<const Flag> flags;
  std::span<const std::string_view> examples;  ///< whole command lines
  /// Errors: throws UsageError, and ConfigError where the segment cannot be opened.
  ExitCode (*run)(const Arguments& arguments);
};

/// What was given. A flag that was not given has no value.
class Arguments {
 public:
  bool has(std::string_view flag) const { return flags_.contains(flag); }
  /// The flag's value, or `otherwise`.
  std::string_view value(std::string_view flag, std::string_view otherwise = {}) const;
  const std::vector<std::string>& values(std::string_view flag) const;
  std::string_view operand(std::size_t index) const { return operands_.at(index); }

 private:
  friend Arguments parse(const Verb& verb, std::span<const std::string_view> words);
  std::vector<std::string> operands_;
  std::map<std::string, std::vector<std::string>, std::less<>> flags_;
};

/// `--flag value`, `--flag=value`, `--`: everything behind it is an operand. Whoever wants help is not parsed: see
/// asks_for_help. Errors: throws UsageError that names the word and, where one is near, the one that was meant.
Arguments parse(const Verb& verb, std::span<const std::string_view> words);

/// --help or -h, before any `--`.
bool asks_for_help(std::span<const std::string_view> words);

/// The candidate within two typing errors of `word`, or empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace freshet::tools
