// Who takes part in `./dev bench proxy`: the bare loop, nginx and Varnish as somebody who knows them would set them up
// for speed on one processor, and freshet. All but the bare loop stand in front of the same origin.
#pragma once

#include "peers/server.h"

#include <cstdint>
#include <memory>
#include <string>

namespace bench {

/// Where and how they are started.
struct Stage {
  std::string folder;  ///< in shared memory
  /// Varnish compiles its configuration and loads it, which /dev/shm often does not allow: here it may.
  std::string executable_folder;
  int origin_port = 0;
  int processor = 0;  ///< the servers' only one
};

struct ProxyContender {
  enum class Role : std::uint8_t { limit, peer, freshet };
  std::string name;
  Role role;
  int port;
  std::unique_ptr<Server> server;
};

/// What somebody must install, or nothing: the programs that are missing here, each with its Debian package.
std::string missing_programs();

/// The bare loop on `processor`: the limit, and the origin.
/// Errors of this and the others: throws std::runtime_error.
ProxyContender start_bare_loop(const std::string& folder, int processor);
/// With sendfile large files are cheaper, without it small ones. Both are measured: the better one is the peer.
ProxyContender start_nginx(const Stage& stage, bool sendfile);
ProxyContender start_varnish(const Stage& stage);
ProxyContender start_freshet(const Stage& stage, const std::string& executable);

/// Whether the files in this folder may be executed.
bool allows_execution(const std::string& folder);

/// Whether this executable of freshet has the verb `proxy`.
bool has_proxy(const std::string& executable);

}  // namespace bench
