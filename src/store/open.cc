#include "store/open.h"

#include <freshet/error.h>
#include <freshet/testing.h>

#include "segment/segment.h"
#include "store/segment_store.h"

namespace freshet {
namespace {

std::shared_ptr<Store> open_with(std::string_view url, segment::IfAbsent if_absent) {
  return std::make_shared<SegmentStore>(segment::Segment::open(segment::parse_placement(url), if_absent));
}

}  // namespace

std::shared_ptr<Store> open_store(std::string_view url) {
  if (url == "null:") return testing::null_store();
  return open_with(url, segment::IfAbsent::create);
}

std::shared_ptr<Store> attach_store(std::string_view url) { return open_with(url, segment::IfAbsent::refuse); }

}  // namespace freshet
