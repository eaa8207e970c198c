// The limit: a bare abseil flat hash map in the process's own memory, and a copy of the bytes. No bound, no lock, no
// expiry, no other process. Two ways to build one:
//
//   as users do     map<std::string, std::string>: each key and each value is an allocation of its own (16 bytes do not
//                   fit into libstdc++'s small string), made in the order of the keys
//   keys in place   the 16 bytes of the key lie in the table's slot, beside a view of the same value: one cache miss
//                   less, but no keys of any other length
#pragma once

#include "peers/peer.h"

namespace bench {

std::unique_ptr<Peer> make_flat_map();
/// Refers to the values of the first one, which is filled and outlives it.
std::unique_ptr<Peer> make_flat_map_with_keys_in_place(Peer& as_users_do);

}  // namespace bench
