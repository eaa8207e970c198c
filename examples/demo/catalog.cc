#include "catalog.h"

#include <algorithm>
#include <ctime>
#include <utility>

namespace demo {
namespace {

constexpr const char* kPackage = R"sql(
  SELECT id, name, version, architecture, section, maintainer, homepage, summary, description, installed_kib, dependents
  FROM packages WHERE name = ?1)sql";

constexpr const char* kDependencies = R"sql(
  SELECT kind, clause, target, constraint_text, target_id IS NOT NULL FROM dependencies
  WHERE package_id = ?1 ORDER BY kind, clause, position)sql";

constexpr const char* kDependents = R"sql(
  SELECT DISTINCT p.name FROM dependencies d JOIN packages p ON p.id = d.package_id
  WHERE d.target_id = ?1 AND d.kind <= 1 ORDER BY p.dependents DESC, p.name LIMIT 60)sql";

constexpr const char* kAllDependents = R"sql(
  WITH RECURSIVE need(id) AS (
    VALUES(?1) UNION
    SELECT d.package_id FROM need JOIN dependencies d ON d.target_id = need.id AND d.kind <= 1)
  SELECT count(*) - 1 FROM need)sql";

constexpr const char* kRatings = "SELECT count(*), coalesce(avg(stars), 0) FROM ratings WHERE package = ?1";
constexpr const char* kNotes = "SELECT text, written_at FROM notes WHERE package = ?1 ORDER BY id DESC LIMIT 20";

// The exact name first, then by relevance, a word in the name being worth more than one in the text.
constexpr const char* kSearch = R"sql(
  SELECT p.name, p.version, p.summary, (SELECT count(*) FROM package_text WHERE package_text MATCH ?1)
  FROM package_text t JOIN packages p ON p.id = t.rowid
  WHERE package_text MATCH ?1
  ORDER BY p.name = ?2 DESC, bm25(package_text, 8.0, 4.0, 1.0) LIMIT 25)sql";

constexpr const char* kCounts = "SELECT (SELECT count(*) FROM packages), (SELECT count(*) FROM dependencies)";
constexpr const char* kSections = R"sql(
  SELECT section, count(*) AS n FROM packages WHERE section <> '' GROUP BY section ORDER BY n DESC LIMIT 24)sql";

constexpr const char* kMostWanted = "SELECT id, name, summary FROM packages ORDER BY dependents DESC LIMIT 20";

// What a visitor typed, as a full-text query: every word must occur, the last one may be unfinished.
std::string match_expression(std::string_view words) {
  std::string out;
  bool in_word = false;
  for (const char c : words) {
    const bool part = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
    if (part && !in_word) out += out.empty() ? "\"" : " \"";
    if (part) out += c;
    if (!part && in_word) out += '"';
    in_word = part;
  }
  if (in_word) out += "\"*";
  return out;
}

std::int64_t all_dependents(const Connection& connection, std::int64_t id) {
  Statement all(connection, kAllDependents);
  return all.bind(id).step() ? all.integer(0) : 0;
}

void read_dependencies(const Connection& connection, std::int64_t id, PackageDetails& package) {
  Statement rows(connection, kDependencies);
  std::pair<std::int64_t, std::int64_t> last{-1, -1};
  for (rows.bind(id); rows.step();) {
    const std::pair clause{rows.integer(0), rows.integer(1)};
    if (clause != last) package.dependencies.push_back({static_cast<std::int32_t>(clause.first), {}});
    last = clause;
    package.dependencies.back().alternatives.push_back({rows.text(2), rows.text(3), rows.integer(4) != 0});
  }
}

}  // namespace

// Every question to the database goes through here, and is counted: a question may take several statements.
template <class Query>
auto Catalog::ask(const std::string& key, const Query& query) {
  scoreboard_->count_query(key);
  try {
    const auto connection = pool_.borrow();
    return query(*connection);
  } catch (const DatabaseError&) {
    scoreboard_->count_query_failure();
    throw;
  }
}

std::optional<PackageDetails> Catalog::package(const std::string& name) {
  return ask("package:" + name, [&](Connection& connection) -> std::optional<PackageDetails> {
    Statement row(connection, kPackage);
    if (!row.bind(name).step()) return std::nullopt;
    const std::int64_t id = row.integer(0);
    PackageDetails package;
    package.name = row.text(1);
    package.version = row.text(2);
    package.architecture = row.text(3);
    package.section = row.text(4);
    package.maintainer = row.text(5);
    package.homepage = row.text(6);
    package.summary = row.text(7);
    package.description = row.text(8);
    package.installed_kib = row.integer(9);
    package.direct_dependents = row.integer(10);
    read_dependencies(connection, id, package);
    Statement dependents(connection, kDependents);
    for (dependents.bind(id); dependents.step();) package.dependents.push_back(dependents.text(0));
    package.all_dependents = all_dependents(connection, id);
    return package;
  });
}

Feedback Catalog::feedback(const std::string& name) {
  return ask("feedback:" + name, [&](Connection& connection) {
    Feedback feedback;
    Statement ratings(connection, kRatings);
    if (ratings.bind(name).step()) {
      feedback.ratings = ratings.integer(0);
      feedback.mean_stars = ratings.real(1);
    }
    Statement notes(connection, kNotes);
    for (notes.bind(name); notes.step();) feedback.notes.push_back({notes.text(0), notes.integer(1)});
    return feedback;
  });
}

SearchResults Catalog::search(const std::string& words) {
  const std::string match = match_expression(words);
  if (match.empty()) return {};
  return ask("search:" + words, [&](Connection& connection) {
    SearchResults results;
    Statement rows(connection, kSearch);
    for (rows.bind(match, words); rows.step();) {
      results.hits.push_back({rows.text(0), rows.text(1), rows.text(2)});
      results.total = rows.integer(3);
    }
    return results;
  });
}

Overview Catalog::overview() {
  return ask("overview", [&](Connection& connection) {
    Overview overview;
    Statement counts(connection, kCounts);
    if (counts.step()) {
      overview.packages = counts.integer(0);
      overview.dependencies = counts.integer(1);
    }
    Statement sections(connection, kSections);
    while (sections.step()) overview.sections.push_back({sections.text(0), sections.integer(1)});
    return overview;
  });
}

std::vector<Ranked> Catalog::ranking() {
  return ask("ranking", [&](Connection& connection) {
    std::vector<Ranked> ranking;
    Statement wanted(connection, kMostWanted);
    while (wanted.step()) {
      ranking.push_back({wanted.text(1), wanted.text(2), all_dependents(connection, wanted.integer(0))});
    }
    std::sort(ranking.begin(), ranking.end(),
              [](const Ranked& a, const Ranked& b) { return a.all_dependents > b.all_dependents; });
    return ranking;
  });
}

bool Catalog::write(const std::string& name, const char* sql, std::string_view text, std::int64_t number) {
  const auto connection = pool_.borrow();
  Transaction transaction(*connection);
  Statement exists(*connection, "SELECT 1 FROM packages WHERE name = ?1");
  if (!exists.bind(name).step()) return false;
  if (text.empty()) {
    Statement(*connection, sql).bind(name, number).run();
  } else {
    Statement(*connection, sql).bind(name, number, text).run();
  }
  transaction.commit();
  return true;
}

bool Catalog::rate(const std::string& name, int stars) {
  return write(name, "INSERT INTO ratings(package, stars) VALUES(?1, ?2)", {}, stars);
}

bool Catalog::annotate(const std::string& name, std::string_view text) {
  return write(name, "INSERT INTO notes(package, written_at, text) VALUES(?1, ?2, ?3)", text, std::time(nullptr));
}

}  // namespace demo
