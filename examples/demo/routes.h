// Which address shows what.
#pragma once

#include "cached_catalog.h"
#include "scoreboard.h"

#include <memory>

namespace httplib {
class Server;
}

namespace demo {

/// Registers every route. `catalog` and `scoreboard` must outlive the server.
/// Every page says in its X-Cache header how the cache answered, and in X-Worker which process did.
void add_routes(httplib::Server& server, const CachedCatalog& catalog, Scoreboard& scoreboard);

}  // namespace demo
