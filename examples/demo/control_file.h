// Debian's control file format: stanzas of `Field: value`, separated by empty lines, with continuation lines; and the
// dependency fields within it.
#pragma once

#include <functional>
#include <istream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demo {

/// One paragraph of a control file.
class Stanza {
 public:
  /// The value of a field, whatever the case of its name; continuation lines are joined by '\n', without their leading
  /// space. Empty when there is no such field.
  std::string_view operator[](std::string_view field) const;
  bool empty() const { return fields_.empty(); }

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void continue_last(std::string_view line);
  void clear() { fields_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Calls `visit` for each stanza, in order. Comment lines (#) and lines that are neither field nor continuation are
/// passed over.
void read_control_file(std::istream& in, const std::function<void(const Stanza&)>& visit);

/// One package that satisfies a dependency: `libc6:any (>= 2.36)`.
struct Alternative {
  std::string name;
  std::string qualifier;  ///< "any", an architecture, or empty
  std::string relation;   ///< "<<", "<=", "=", ">=", ">>", or empty
  std::string version;
};
/// `a | b`: one of these is needed.
using Clause = std::vector<Alternative>;

/// Reads a field such as `Depends`. Restrictions in [] and <> are ignored, empty clauses and alternatives left out.
std::vector<Clause> parse_dependencies(std::string_view field);

/// The long description as people read it: " ." is an empty line.
std::string plain_description(std::string_view field);

}  // namespace demo
