// From a URL or a store to a Cache.
#include "store/open.h"

#include "cache/core.h"

#include <freshet/cache.h>

namespace freshet {

std::shared_ptr<detail::Engine> detail::make_engine(std::shared_ptr<Store> store, const CacheOptions& options) {
  auto core = std::make_shared<cache::Core>(std::move(store), options);
  if (options.on_event) core->listen(options.on_event);
  return core;
}

Cache open(std::shared_ptr<Store> store, const CacheOptions& options) {
  auto scope = detail::make_scope({}, options.version);
  return Cache(detail::make_engine(std::move(store), options), std::move(scope));
}

Cache open(std::string_view url, const CacheOptions& options) {
  cache::check(options);  // before a segment is created
  return open(open_store(url), options);
}

}  // namespace freshet
