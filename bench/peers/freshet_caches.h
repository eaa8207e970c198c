// Freshet itself, in the ways in which a program reads it:
//
//   Store::get      bytes from the store, at a time that the caller has read before
//   get<Bytes>      the typed API, of bytes as they are: it reads the clock, counts the hit, and gives a value of its
//   own get<string>     the same, decoded from MessagePack
#pragma once

#include "peers/peer.h"

#include <freshet/freshet.h>

namespace bench {

enum class Reading : std::uint8_t { store, bytes, string };

/// On `memory:` the children of this process inherit the mapping; on `shared:` each process opens the URL by itself.
/// `tags` are given to every entry; `ttl` too.
std::unique_ptr<Peer> make_freshet(std::string url, Reading reading, std::vector<std::string> tags = {},
                                   freshet::Duration ttl = freshet::kForever);

/// A segment of this size holds so many entries of this size without evicting one.
std::string ample_size(std::size_t entries, std::size_t value_bytes);

}  // namespace bench
