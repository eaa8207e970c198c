// The JSON half of pages.h.
#include "pages.h"

#include <nlohmann/json.hpp>

namespace demo {

using Json = nlohmann::ordered_json;

namespace {

// Package lists are UTF-8, but nothing enforces it: bad bytes are replaced, not thrown at the visitor.
std::string write(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string package_json(const PackageDetails& package, const Feedback& feedback) {
  Json dependencies = Json::array();
  for (const Dependency& dependency : package.dependencies) {
    Json alternatives = Json::array();
    for (const Target& target : dependency.alternatives) {
      alternatives.push_back({{"name", target.name}, {"constraint", target.constraint}, {"known", target.known}});
    }
    dependencies.push_back({{"kind", kDependencyKinds[dependency.kind & 3]}, {"any_of", std::move(alternatives)}});
  }
  Json notes = Json::array();
  for (const Note& note : feedback.notes) notes.push_back({{"text", note.text}, {"written_at", note.written_at}});
  return write({{"name", package.name},
                {"version", package.version},
                {"architecture", package.architecture},
                {"section", package.section},
                {"summary", package.summary},
                {"description", package.description},
                {"homepage", package.homepage},
                {"installed_kib", package.installed_kib},
                {"dependencies", std::move(dependencies)},
                {"dependents", package.dependents},
                {"direct_dependents", package.direct_dependents},
                {"all_dependents", package.all_dependents},
                {"ratings", feedback.ratings},
                {"mean_stars", feedback.mean_stars},
                {"notes", std::move(notes)}});
}

std::string search_json(std::string_view words, const SearchResults& results) {
  Json hits = Json::array();
  for (const SearchHit& hit : results.hits) {
    hits.push_back({{"name", hit.name}, {"version", hit.version}, {"summary", hit.summary}});
  }
  return write({{"query", words}, {"total", results.total}, {"hits", std::move(hits)}});
}

}  // namespace demo
