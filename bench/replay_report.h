// The points of the benchmark `replay`: measured one after the other, printed as rows or as one JSON document.
#pragma once

#include "equal_capacity.h"
#include "json_writer.h"
#include "lru.h"
#include "published_ratios.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::bench {

/// By the file's name; for reading only.
std::optional<tools::TraceFormat> well_known_format(std::string_view path);
/// The well-known trace that this is, told by its size; null when it is another one.
const WellKnownTrace* well_known(const tools::AccessTrace& trace);
/// 1 %, at least 20, and 10 % of the keys.
std::uint64_t capacity_of(const tools::AccessTrace& trace, unsigned percent);

class Report {
 public:
  /// `with_bar`: these are the twelve points whose mean has a bar.
  Report(bool json, bool with_bar);

  /// All points of one trace. `entries` 0: 1 % and 10 %.
  void measure(const tools::AccessTrace& trace, std::uint64_t entries);
  /// The means. False when a point was not on equal terms.
  bool finish();

 private:
  void measure_entries(const tools::AccessTrace& trace, std::uint64_t entries, const Published* published);
  void measure_bytes(const tools::AccessTrace& trace, std::uint64_t segment_bytes, std::string_view point);
  void begin(const tools::AccessTrace& trace, std::string_view point);

  tools::JsonWriter json_;
  bool as_json_;
  bool with_bar_;
  bool headed_entries_ = false;
  bool headed_bytes_ = false;
  bool equal_terms_ = true;
  int points_ = 0;
  double sum_ = 0;
  double lru_sum_ = 0;
  double worst_difference_ = 1;
};

}  // namespace freshet::bench
