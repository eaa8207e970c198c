#include "import.h"

#include "control_file.h"
#include "debian_version.h"
#include "sqlite.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace demo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchemaVersion = "2\n";
constexpr std::chrono::seconds kPatience{10};

// The new file is not in use before it is complete: no journal, no waiting for the disk.
constexpr const char* kSchema = R"sql(
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  CREATE TABLE origin(fingerprint TEXT NOT NULL);
  CREATE TABLE packages(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version TEXT NOT NULL, architecture TEXT NOT NULL,
    section TEXT NOT NULL, maintainer TEXT NOT NULL, homepage TEXT NOT NULL, installed_kib INTEGER NOT NULL,
    summary TEXT NOT NULL, description TEXT NOT NULL, dependents INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE dependencies(
    package_id INTEGER NOT NULL, kind INTEGER NOT NULL, clause INTEGER NOT NULL, position INTEGER NOT NULL,
    target TEXT NOT NULL, constraint_text TEXT NOT NULL, target_id INTEGER);
  CREATE VIRTUAL TABLE package_text USING fts5(name, summary, description, content = '', tokenize = 'porter unicode61');
  CREATE TABLE ratings(id INTEGER PRIMARY KEY, package TEXT NOT NULL, stars INTEGER NOT NULL);
  CREATE TABLE notes(id INTEGER PRIMARY KEY, package TEXT NOT NULL, text TEXT NOT NULL, written_at INTEGER NOT NULL);
)sql";

constexpr const char* kLinks = R"sql(
  UPDATE dependencies SET target_id = (SELECT id FROM packages WHERE name = target);
  CREATE INDEX dependencies_of ON dependencies(package_id, kind, clause, position);
  CREATE INDEX dependents_on ON dependencies(target_id, kind, package_id);
  CREATE INDEX packages_of ON packages(section);
  CREATE INDEX ratings_of ON ratings(package);
  CREATE INDEX notes_of ON notes(package);
  UPDATE packages SET dependents =
    (SELECT count(DISTINCT package_id) FROM dependencies WHERE target_id = packages.id AND kind <= 1);
)sql";

constexpr std::array<std::string_view, 4> kDependencyFields = {"Pre-Depends", "Depends", "Recommends", "Suggests"};

struct Record {
  std::string version, architecture, section, maintainer, homepage, summary, description;
  std::int64_t installed_kib = 0;
  std::array<std::string, kDependencyFields.size()> dependencies;
};
using Records = std::map<std::string, Record, std::less<>>;

Record read_record(const Stanza& stanza) {
  Record record;
  record.version = stanza["Version"];
  record.architecture = stanza["Architecture"];
  record.section = stanza["Section"];
  record.maintainer = stanza["Maintainer"];
  record.homepage = stanza["Homepage"];
  const std::string_view size = stanza["Installed-Size"];
  std::from_chars(size.data(), size.data() + size.size(), record.installed_kib);
  const std::string_view text = stanza["Description"];
  const auto end = text.find('\n');
  record.summary = text.substr(0, end);
  if (end != std::string_view::npos) record.description = plain_description(text.substr(end + 1));
  for (std::size_t i = 0; i < kDependencyFields.size(); ++i) record.dependencies[i] = stanza[kDependencyFields[i]];
  return record;
}

// Of several versions the newest, as apt would choose.
Records read_records(const PackageSource& source) {
  Records records;
  source.read([&](const Stanza& stanza) {
    const std::string_view name = stanza["Package"];
    if (name.empty() || stanza["Status"].ends_with("not-installed")) return;
    const auto known = records.find(name);
    if (known == records.end()) {
      records.emplace(name, read_record(stanza));
    } else if (compare_versions(stanza["Version"], known->second.version) > 0) {
      known->second = read_record(stanza);
    }
  });
  return records;
}

std::string constraint_text(const Alternative& alternative) {
  return alternative.relation.empty() ? std::string() : alternative.relation + ' ' + alternative.version;
}

void write_records(Connection& connection, const Records& records) {
  Statement package(connection, "INSERT INTO packages VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)");
  Statement text(connection, "INSERT INTO package_text(rowid, name, summary, description) VALUES(?1, ?2, ?3, ?4)");
  Statement dependency(connection, "INSERT INTO dependencies VALUES(?1, ?2, ?3, ?4, ?5, ?6, NULL)");
  std::int64_t id = 0;
  for (const auto& [name, r] : records) {
    ++id;
    package
        .bind(id, name, r.version, r.architecture, r.section, r.maintainer, r.homepage, r.installed_kib, r.summary,
              r.description)
        .run();
    text.bind(id, name, r.summary, r.description).run();
    for (std::size_t kind = 0; kind < r.dependencies.size(); ++kind) {
      int clause = 0;
      for (const Clause& alternatives : parse_dependencies(r.dependencies[kind])) {
        int position = 0;
        for (const Alternative& alternative : alternatives) {
          dependency
              .bind(id, static_cast<int>(kind), clause, position++, alternative.name, constraint_text(alternative))
              .run();
        }
        ++clause;
      }
    }
    if (id % 5000 == 0) std::fprintf(stderr, "\r  %lld of %zu packages", static_cast<long long>(id), records.size());
  }
  std::fprintf(stderr, "\r  %zu packages          \n", records.size());
}

bool is_current(const fs::path& database, const std::string& fingerprint) {
  if (!fs::exists(database)) return false;
  try {
    const Connection connection(database.string(), Connection::Mode::read_write, kPatience);
    Statement origin(connection, "SELECT fingerprint FROM origin");
    return origin.step() && origin.text(0) == fingerprint;
  } catch (const DatabaseError&) {
    return false;  // Not a database of ours, or of another form: it is made anew.
  }
}

void keep_feedback(Connection& connection, const fs::path& old) {
  if (!fs::exists(old)) return;
  try {
    Statement(connection, "ATTACH ?1 AS old").bind(old.string()).run();
    connection.run("INSERT INTO ratings SELECT * FROM old.ratings; INSERT INTO notes SELECT * FROM old.notes;");
    connection.run("DETACH old");
  } catch (const DatabaseError& error) {
    std::fprintf(stderr, "  the ratings and notes of the old database are lost: %s\n", error.what());
  }
}

}  // namespace

void import_packages(const PackageSource& source, const fs::path& database) {
  const std::string fingerprint = std::string(kSchemaVersion) + source.fingerprint();
  if (is_current(database, fingerprint)) return;
  const auto began = std::chrono::steady_clock::now();
  std::fprintf(stderr, "Importing %s into %s\n", source.description().c_str(), database.c_str());
  const Records records = read_records(source);
  if (records.empty()) throw std::runtime_error("no package found in " + source.description());

  const fs::path fresh = database.string() + ".new";
  fs::remove(fresh);
  {
    Connection connection(fresh.string(), Connection::Mode::create, kPatience);
    connection.run(kSchema);
    Transaction transaction(connection);
    write_records(connection, records);
    std::fprintf(stderr, "  linking dependencies\n");
    connection.run(kLinks);
    Statement(connection, "INSERT INTO origin VALUES(?1)").bind(fingerprint).run();
    transaction.commit();
    keep_feedback(connection, database);
  }
  fs::rename(fresh, database);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::fprintf(stderr, "  done in %.1f s\n", took.count());
}

}  // namespace demo
