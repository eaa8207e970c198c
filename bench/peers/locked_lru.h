// The cache that people write: a list in the order of use, a hash map into it, one mutex around both, and a copy of the
// value for the caller. Bounded by a number of entries.
#pragma once

#include "peers/peer.h"

namespace bench {

std::unique_ptr<Peer> make_locked_lru(std::size_t capacity_entries);

}  // namespace bench
