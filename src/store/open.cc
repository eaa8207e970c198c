#include "store/open.h"

#include "segment/segment.h"
#include "store/segment_store.h"

#include <freshet/error.h>
#include <freshet/testing.h>

#include <string>

namespace freshet {

std::shared_ptr<Store> open_store(std::string_view url) {
  if (url == "null:") return testing::null_store();
  if (url.starts_with("null:")) {
    throw ConfigError("cache URL \"" + std::string(url) +
                      "\": null: keeps nothing, so nothing belongs behind it; write null:");
  }
  return std::make_shared<SegmentStore>(segment::Segment::open(segment::parse_placement(url)));
}

}  // namespace freshet
