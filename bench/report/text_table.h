// A table for people: the first column to the left, figures to the right, one line of dashes under the titles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> titles) : rows_{std::move(titles)} {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "12.3"
std::string fixed(double value, int digits);
/// "1234567" as "1 234 567"
std::string grouped(std::uint64_t value);

}  // namespace bench
