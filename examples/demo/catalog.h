// The database, as the application asks it. Knows nothing of caching.
#pragma once

#include "connection_pool.h"
#include "scoreboard.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

// What queries give. Plain structs: the cache stores them as they are.

struct Target {
  std::string name;
  std::string constraint;  ///< ">= 2.36", or empty
  bool known = false;      ///< there is a package of this name
};
struct Dependency {
  std::int32_t kind = 0;  ///< index into kDependencyKinds
  std::vector<Target> alternatives;
};
inline constexpr const char* kDependencyKinds[] = {"Pre-Depends", "Depends", "Recommends", "Suggests"};

struct PackageDetails {
  std::string name, version, architecture, section, maintainer, homepage, summary, description;
  std::int64_t installed_kib = 0;
  std::vector<Dependency> dependencies;
  std::vector<std::string> dependents;  ///< the first of those that depend on it directly, most wanted first
  std::int64_t direct_dependents = 0;
  std::int64_t all_dependents = 0;  ///< directly or through others
};

struct Note {
  std::string text;
  std::int64_t written_at = 0;  ///< seconds since 1970
};
struct Feedback {
  std::int64_t ratings = 0;
  double mean_stars = 0;
  std::vector<Note> notes;  ///< newest first
};

struct SearchHit {
  std::string name, version, summary;
};
struct SearchResults {
  std::int64_t total = 0;
  std::vector<SearchHit> hits;
};

struct Section {
  std::string name;
  std::int64_t packages = 0;
};
struct Overview {
  std::int64_t packages = 0;
  std::int64_t dependencies = 0;
  std::vector<Section> sections;
};

struct Ranked {
  std::string name, summary;
  std::int64_t all_dependents = 0;
};

/// Threads: any. Errors: DatabaseError from every query, a lock that does not end included.
class Catalog {
 public:
  Catalog(const std::string& path, std::size_t connections, std::chrono::milliseconds patience, Scoreboard& scoreboard)
      : pool_(path, connections, patience), scoreboard_(&scoreboard) {}

  std::optional<PackageDetails> package(const std::string& name);
  Feedback feedback(const std::string& name);
  SearchResults search(const std::string& words);
  Overview overview();
  /// The packages without which most others could not be installed. Dear: it follows every dependency of Debian.
  std::vector<Ranked> ranking();

  /// False when there is no such package.
  bool rate(const std::string& name, int stars);
  bool annotate(const std::string& name, std::string_view text);

 private:
  template <class Query>
  auto ask(const std::string& key, const Query& query);
  bool write(const std::string& name, const char* sql, std::string_view text, std::int64_t number);

  ConnectionPool pool_;
  Scoreboard* scoreboard_;
};

}  // namespace demo
