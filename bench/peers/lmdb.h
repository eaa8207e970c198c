// LMDB, in a folder of shared memory: a B+ tree that processes map and read without a lock. Used as its manual says:
// one read transaction per thread, reset after each get and renewed before the next; a write transaction per set,
// without fsync, since a cache need not survive the machine. It is bounded, but evicts nothing.
#pragma once

#include "peers/peer.h"

namespace bench {

/// Errors: throws std::runtime_error.
std::unique_ptr<Peer> make_lmdb(const std::string& folder, std::size_t map_bytes);

}  // namespace bench
