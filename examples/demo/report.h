// What the demo found out, as text for people and as JSON.
#pragma once

#include "load_generator.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace demo {

/// One row of the table: a run of the load generator.
struct LoadRow {
  std::string name;
  LoadResult result;
  std::uint64_t queries = 0;
  double hit_ratio = 0;  ///< of all lookups, those that needed no query
  std::uint64_t keys = 0;
  double mean_loads = 0;  ///< per key that was loaded
  std::uint64_t most_loads = 0;
};

/// One claim, and whether it held.
struct Finding {
  std::string id;
  std::string title;
  std::string expected;
  std::string seen;
  bool passed = false;
  nlohmann::ordered_json figures = nlohmann::ordered_json::object();
};

struct Report {
  std::size_t packages = 0;
  std::size_t workers = 0;
  std::size_t clients = 0;
  std::vector<LoadRow> rows;
  std::vector<Finding> findings;
  bool passed() const;
};

std::string row_line(const LoadRow& row);
std::string finding_text(const Finding& finding);
std::string table(const Report& report);
std::string json(const Report& report);

}  // namespace demo
