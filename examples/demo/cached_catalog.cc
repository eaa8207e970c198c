#include "cached_catalog.h"

#include <chrono>
#include <utility>

namespace demo {
namespace {

using namespace std::chrono_literals;

// What only a new package list changes: served stale while it is refreshed, and for an hour when the database is down,
// which is then asked once a second for each page.
// A load may then outlive its call, so every loader below owns what it uses: no [&], no [this].
const freshet::Options kListed = {
    .ttl = 5min,
    .jitter = 30s,
    .stale_while_revalidate = 1min,
    .stale_if_error = 1h,
    .negative_ttl = 10s,
    .error_ttl = 1s,
    .tags = {"catalog"},
};

// What visitors write. It is invalidated by its tag the moment that it changes; stale only when the database is down.
freshet::Options written_about(const std::string& name) {
  return {.ttl = 5min, .stale_if_error = 1h, .error_ttl = 1s, .tags = {"package:" + name}};
}

}  // namespace

CachedCatalog::CachedCatalog(std::shared_ptr<Catalog> catalog, freshet::Cache cache)
    : catalog_(std::move(catalog)), cache_(std::move(cache)) {}

freshet::Result<std::optional<PackageDetails>> CachedCatalog::package(const std::string& name) const {
  return cache_.get_or_load(
      "package:" + name, [catalog = catalog_, name] { return catalog->package(name); }, kListed);
}

freshet::Result<Feedback> CachedCatalog::feedback(const std::string& name) const {
  return cache_.get_or_load(
      "feedback:" + name, [catalog = catalog_, name] { return catalog->feedback(name); }, written_about(name));
}

freshet::Result<SearchResults> CachedCatalog::search(const std::string& words) const {
  return cache_.get_or_load(
      "search:" + words, [catalog = catalog_, words] { return catalog->search(words); }, kListed);
}

freshet::Result<Overview> CachedCatalog::overview() const {
  return cache_.get_or_load(
      "overview", [catalog = catalog_] { return catalog->overview(); }, kListed);
}

freshet::Result<std::vector<Ranked>> CachedCatalog::ranking() const {
  return cache_.get_or_load(
      "ranking", [catalog = catalog_] { return catalog->ranking(); }, kListed);
}

bool CachedCatalog::rate(const std::string& name, int stars) const {
  if (!catalog_->rate(name, stars)) return false;
  cache_.invalidate_tag("package:" + name);  // After the commit: whoever loads from now on reads the new state.
  return true;
}

bool CachedCatalog::annotate(const std::string& name, std::string_view text) const {
  if (!catalog_->annotate(name, text)) return false;
  cache_.invalidate_tag("package:" + name);
  return true;
}

}  // namespace demo
