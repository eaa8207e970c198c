// The catalog behind the cache: this file and its .cc are all that caching adds to the application.
#pragma once

#include "catalog.h"

#include <freshet/freshet.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace demo {

/// Threads: any. Errors: a query's DatabaseError, or freshet::LoadFailed for one that failed in another worker; neither
/// where a stale value can stand in.
class CachedCatalog {
 public:
  CachedCatalog(std::shared_ptr<Catalog> catalog, freshet::Cache cache);

  /// Results carry the Reason: fresh, stale and why, loaded.
  freshet::Result<std::optional<PackageDetails>> package(const std::string& name) const;
  freshet::Result<Feedback> feedback(const std::string& name) const;
  freshet::Result<SearchResults> search(const std::string& words) const;
  freshet::Result<Overview> overview() const;
  freshet::Result<std::vector<Ranked>> ranking() const;

  /// When these return true, no worker shows the old state any more.
  bool rate(const std::string& name, int stars) const;
  bool annotate(const std::string& name, std::string_view text) const;

  const freshet::Cache& cache() const { return cache_; }

 private:
  std::shared_ptr<Catalog> catalog_;
  freshet::Cache cache_;
};

}  // namespace demo
