#include "segment/segment.h"
#include "store/segment_store.h"

#include <freshet/attach.h>
#include <freshet/error.h>

#include <string>

namespace freshet {

std::shared_ptr<Store> attach(std::string_view url) {
  const auto refuse = [url](std::string_view problem) {
    throw ConfigError("cannot attach to " + std::string(url) + ": " + std::string(problem));
  };
  if (url.starts_with("null:")) refuse("null: keeps nothing; name a shared: or file: segment");
  segment::Placement placement = segment::parse_placement(url);
  if (placement.kind == segment::PlacementKind::memory) {
    refuse("memory: belongs to one process alone; let the application open shared:NAME instead, and name that");
  }
  // Any other size would make the segment anew when nobody else is attached.
  placement.size_bytes = 0;
  return std::make_shared<SegmentStore>(segment::Segment::open(placement, segment::IfAbsent::refuse));
}

}  // namespace freshet
