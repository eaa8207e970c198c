// memcached over a Unix socket, through libmemcached: one command and one answer per get and set; buffered where a
// benchmark only fills, many keys per request where it only counts.
#pragma once

#include "peers/peer.h"

namespace bench {

/// Starts a memcached with -m `memory_mib` in `folder`. Errors: throws std::runtime_error.
std::unique_ptr<Peer> make_memcached(const std::string& folder, std::uint64_t memory_mib);

}  // namespace bench
