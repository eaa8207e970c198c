// Redis over a Unix socket, through hiredis: one command and one answer per get and set; pipelined where a benchmark
// only fills or counts. Nothing is written to disk; full memory evicts as allkeys-lru.
#pragma once

#include "peers/peer.h"

namespace bench {

/// Starts a redis-server in `folder`. Errors: throws std::runtime_error.
std::unique_ptr<Peer> make_redis(const std::string& folder, std::uint64_t memory_bytes);

}  // namespace bench
