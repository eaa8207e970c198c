// What a benchmark hands out: as text for people while it goes on, or as one JSON object at the end. Either way it says
// on which machine, how busy that was, and which bars were met.
#pragma once

#include "measure/spread.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bench {

using Json = nlohmann::ordered_json;

Json json_of(const Spread& spread, const std::vector<double>& rounds);
Json json_of(const Quantiles& quantiles);

class Outcome {
 public:
  Outcome(std::string benchmark, bool as_json);

  bool as_json() const noexcept { return as_json_; }
  Json& settings() noexcept { return document_["settings"]; }
  /// Appends to the array `table` of the document.
  void add(const std::string& table, Json row) { document_["tables"][table].push_back(std::move(row)); }
  /// A bar that the figure should reach (or stay under, with `at_most`).
  void bar(const std::string& what, double value, double bar, bool at_most = false);
  /// A check that the figures rest on. One that fails makes the exit code 1.
  void check(const std::string& what, bool holds);
  /// To standard error: a run takes minutes.
  static void progress(const std::string& text);

  /// Prints what is left to print. Returns the exit code.
  int finish();

 private:
  bool as_json_;
  bool well_ = true;
  Json document_;
};

}  // namespace bench
