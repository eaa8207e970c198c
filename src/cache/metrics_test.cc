#include <freshet/metrics.h>

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

namespace freshet {
namespace {

struct Sample {
  std::string name;    // freshet_load_seconds_bucket
  std::string label;   // le="0.000002"
  std::string number;  // as it is written
};

struct Family {
  std::string name, type;
  std::vector<Sample> samples;
};

// Reads Prometheus' text format 0.0.4, and is strict: HELP, TYPE, then the samples of this family alone.
std::vector<Family> parsed(const std::string& text) {
  static const std::regex help("# HELP ([a-z_]+) [^\\\\]*\\.");
  static const std::regex type("# TYPE ([a-z_]+) (counter|gauge|histogram)");
  static const std::regex sample(R"re(([a-z_]+)(\{([a-z]+="[^"\\]*")\})? ([0-9.]+))re");
  EXPECT_TRUE(text.ends_with('\n'));
  std::vector<Family> families;
  std::istringstream lines(text);
  std::string line;
  std::string helped;
  while (std::getline(lines, line)) {
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      helped = match[1];
    } else if (std::regex_match(line, match, type)) {
      EXPECT_EQ(match[1], helped) << "HELP stands before TYPE";
      families.push_back({match[1], match[2], {}});
    } else if (std::regex_match(line, match, sample) && !families.empty()) {
      EXPECT_TRUE(match[1].str().starts_with(families.back().name)) << line;
      families.back().samples.push_back({match[1], match[3], match[4]});
    } else {
      ADD_FAILURE() << "neither a comment nor a sample: " << line;
    }
  }
  return families;
}

Stats some() {
  Stats stats;
  for (std::size_t i = 0; i < kReasonCount; ++i) stats.count[i] = 1000 + i;
  for (std::size_t i = 0; i < kHistogramBuckets; ++i) stats.load_time[i] = i + 1;
  stats.load_time_sum_us = 12'345'678;
  stats.entries = 7;
  stats.bytes_used = std::uint64_t{1} << 40;
  return stats;
}

TEST(Metrics, AreValidExpositionFormatWithUnitsInTheirNames) {
  const std::map<std::string, std::string> expected = {
      {"freshet_lookups_total", "counter"},  {"freshet_loads_total", "counter"},
      {"freshet_stores_total", "counter"},   {"freshet_refused_total", "counter"},
      {"freshet_removed_total", "counter"},  {"freshet_troubles_total", "counter"},
      {"freshet_load_seconds", "histogram"}, {"freshet_entries", "gauge"},
      {"freshet_index_bytes", "gauge"},      {"freshet_used_bytes", "gauge"},
      {"freshet_capacity_bytes", "gauge"},   {"freshet_size_bytes", "gauge"},
      {"freshet_loads_under_way", "gauge"},  {"freshet_processes", "gauge"}};
  std::map<std::string, std::string> found;
  for (const Family& family : parsed(prometheus_text(some()))) {
    EXPECT_TRUE(found.emplace(family.name, family.type).second) << family.name << " comes twice";
    EXPECT_EQ(family.type == "counter", family.name.ends_with("_total")) << family.name;
    EXPECT_FALSE(family.samples.empty()) << family.name;
  }
  EXPECT_EQ(found, expected);
}

TEST(Metrics, ShowEachReasonOnceWithItsCount) {
  std::map<std::string, std::string> counts;
  for (const Family& family : parsed(prometheus_text(some()))) {
    if (family.type != "counter") continue;
    for (const Sample& sample : family.samples) {
      EXPECT_EQ(sample.name, family.name);
      EXPECT_TRUE(counts.emplace(sample.label, sample.number).second) << sample.label << " comes twice";
    }
  }
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const std::string label = "reason=\"" + std::string(name(static_cast<Reason>(i))) + '"';
    EXPECT_EQ(counts[label], std::to_string(1000 + i)) << label;
  }
  EXPECT_EQ(counts.size(), kReasonCount);
}

TEST(Metrics, TheHistogramIsCumulativeAndItsLastBucketHasNoEnd) {
  for (const Family& family : parsed(prometheus_text(some()))) {
    if (family.type != "histogram") continue;
    ASSERT_EQ(family.samples.size(), kHistogramBuckets + 2);
    std::uint64_t total = 0;
    double bound = 0;
    for (std::size_t i = 0; i + 1 < kHistogramBuckets; ++i) {
      const Sample& sample = family.samples[i];
      EXPECT_EQ(sample.name, "freshet_load_seconds_bucket");
      total += i + 1;
      EXPECT_EQ(sample.number, std::to_string(total));
      const double le = std::strtod(sample.label.c_str() + std::string("le=\"").size(), nullptr);
      EXPECT_GT(le, bound);
      EXPECT_DOUBLE_EQ(le, std::ldexp(1e-6, static_cast<int>(i) + 1));
      bound = le;
    }
    total += kHistogramBuckets;
    const Sample* const end = &family.samples[kHistogramBuckets - 1];
    EXPECT_EQ(end[0].label, "le=\"+Inf\"");
    EXPECT_EQ(end[0].number, std::to_string(total)) << "loads of more than half an hour are above every bound";
    EXPECT_EQ(end[1].name, "freshet_load_seconds_sum");
    EXPECT_EQ(end[1].number, "12.345678");
    EXPECT_EQ(end[2].name, "freshet_load_seconds_count");
    EXPECT_EQ(end[2].number, std::to_string(total));
    return;
  }
  ADD_FAILURE() << "no histogram";
}

}  // namespace
}  // namespace freshet
