// What visitors ask for: real names and words, some much more often than others, the same on every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace demo {

/// What can be asked for. Read-only once made.
class Traffic {
 public:
  /// Reads names and words from the database. Their popularity is drawn by a fixed seed: it has nothing to do with what
  /// a page costs.
  explicit Traffic(const std::string& database);

  const std::vector<std::string>& names() const { return names_; }
  const std::vector<std::string>& words() const { return words_; }
  std::size_t name_rank(double dice) const { return rank(name_odds_, dice); }
  std::size_t word_rank(double dice) const { return rank(word_odds_, dice); }

 private:
  static std::size_t rank(const std::vector<double>& odds, double dice);

  std::vector<std::string> names_;
  std::vector<std::string> words_;
  std::vector<double> name_odds_;  ///< cumulated, by rank (Zipf, exponent 1)
  std::vector<double> word_odds_;
};

/// One visitor: an endless row of paths, determined by the seed.
class Visitor {
 public:
  Visitor(const Traffic& traffic, std::uint64_t seed) : traffic_(&traffic), random_(seed) {}
  /// 75 % package pages, 8 % package JSON, 15 % searches, 2 % the home page.
  std::string next();

 private:
  double dice() { return static_cast<double>(random_() >> 11) * 0x1.0p-53; }

  const Traffic* traffic_;
  std::mt19937_64 random_;
};

std::string package_path(const std::string& name);
std::string search_path(const std::string& words);

}  // namespace demo
