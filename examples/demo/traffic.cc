#include "traffic.h"

#include "pages.h"
#include "sqlite.h"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace demo {
namespace {

constexpr std::uint64_t kSeed = 20240229;
constexpr std::size_t kMostWords = 500;
constexpr std::size_t kShortestWord = 4;

std::vector<double> zipf(std::size_t count) {
  std::vector<double> odds;
  double sum = 0;
  for (std::size_t i = 1; i <= count; ++i) odds.push_back(sum += 1.0 / static_cast<double>(i));
  for (double& odd : odds) odd /= sum;
  return odds;
}

// Not std::shuffle, whose result is the library's choice.
void shuffle(std::vector<std::string>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random() % i]);
}

void count_words(const std::string& text, std::map<std::string, int>& counts) {
  std::string word;
  for (const char c : text + ' ') {
    if (c >= 'A' && c <= 'Z') {
      word += static_cast<char>(c - 'A' + 'a');
    } else if (c >= 'a' && c <= 'z') {
      word += c;
    } else {
      if (word.size() >= kShortestWord) ++counts[word];
      word.clear();
    }
  }
}

std::vector<std::string> most_frequent(const std::map<std::string, int>& counts) {
  std::vector<std::pair<int, std::string>> sorted;
  sorted.reserve(counts.size());
  for (const auto& [word, count] : counts) sorted.emplace_back(-count, word);
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> words;
  for (const auto& [count, word] : sorted) {
    if (words.size() == kMostWords) break;
    words.push_back(word);
  }
  return words;
}

}  // namespace

Traffic::Traffic(const std::string& database) {
  const Connection connection(database, Connection::Mode::read_write, std::chrono::seconds(10));
  Statement rows(connection, "SELECT name, summary FROM packages ORDER BY name");
  std::map<std::string, int> counts;
  while (rows.step()) {
    names_.push_back(rows.text(0));
    count_words(rows.text(1), counts);
  }
  words_ = most_frequent(counts);
  if (names_.empty() || words_.empty()) throw std::runtime_error("the database holds no packages");
  std::mt19937_64 random(kSeed);
  shuffle(names_, random);
  shuffle(words_, random);
  name_odds_ = zipf(names_.size());
  word_odds_ = zipf(words_.size());
}

std::size_t Traffic::rank(const std::vector<double>& odds, double dice) {
  const auto at = std::upper_bound(odds.begin(), odds.end(), dice);
  return std::min(static_cast<std::size_t>(at - odds.begin()), odds.size() - 1);
}

std::string Visitor::next() {
  const double what = dice();
  const double which = dice();
  if (what < 0.02) return "/";
  if (what < 0.17) return search_path(traffic_->words()[traffic_->word_rank(which)]);
  const std::string& name = traffic_->names()[traffic_->name_rank(which)];
  return what < 0.25 ? "/api" + package_path(name) : package_path(name);
}

std::string package_path(const std::string& name) { return "/package/" + escape_url(name); }
std::string search_path(const std::string& words) { return "/search?q=" + escape_url(words); }

}  // namespace demo
