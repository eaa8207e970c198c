// The rules of the house as one function over a source tree: which room may include which, what files may be called,
// how they begin and how long they are. CONTRIBUTING.md says the same in prose.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace house {

/// One breach of a rule. `line` is 0 where the whole file is meant.
struct Complaint {
  std::string path;
  std::size_t line = 0;
  std::string what;
};

std::string to_string(const Complaint& complaint);

/// Reads the C++ files below include, src, tools, examples, tests and bench of `root`; folders that are not there are
/// skipped. Complaints come in the order of the paths.
std::vector<Complaint> inspect(const std::filesystem::path& root);

}  // namespace house
