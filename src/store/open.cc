#include "store/open.h"

#include "segment/segment.h"
#include "store/segment_store.h"

#include <freshet/testing.h>

namespace freshet {

std::shared_ptr<Store> open_store(std::string_view url) {
  if (url == "null:") return testing::null_store();
  return std::make_shared<SegmentStore>(segment::Segment::open(segment::parse_placement(url)));
}

}  // namespace freshet
