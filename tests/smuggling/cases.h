// The cases of requests.txt and responses.txt; the format is described at the top of those files.
#pragma once

#include <string>
#include <vector>

namespace freshet::smuggling {

struct Case {
  std::string name;
  std::string of;
  std::string expect;
  std::string messages;
  std::string to;
  std::string connection;
  std::string bytes;
};

/// Throws std::runtime_error, with the line's number, for what does not follow the format.
std::vector<Case> read_cases(const std::string& path);

}  // namespace freshet::smuggling
