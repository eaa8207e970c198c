// Stand-in, replaced when the rooms meet.
#include "store/open.h"

#include <freshet/error.h>
#include <freshet/testing.h>

namespace freshet {

std::shared_ptr<Store> open_store(std::string_view url) {
  if (url.starts_with("memory:")) return testing::in_process_store();
  if (url.starts_with("null:")) return testing::null_store();
  throw ConfigError("unknown URL");
}

}  // namespace freshet
