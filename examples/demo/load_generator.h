// Many visitors at once, over real connections, with every request measured.
#pragma once

#include "http_client.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace demo {

struct LoadPlan {
  std::size_t clients = 64;
  /// The path that client `client` asks for next; called by that client's thread only.
  std::function<std::string(std::size_t client)> next;
  /// Ends after this time, or when every client has made as many requests as `requests` says, or at `stop`.
  std::chrono::milliseconds duration = std::chrono::hours(1);
  std::vector<std::uint64_t> requests = {};
  /// Told of every answer, on the client's thread. May be empty. `asked_of`: the worker, as far as known before.
  std::function<void(std::size_t client, const HttpResponse& response, pid_t asked_of)> seen = {};
};

struct LoadResult {
  std::uint64_t requests = 0;
  std::uint64_t unanswered = 0;     ///< the connection broke
  std::uint64_t server_errors = 0;  ///< 5xx
  double seconds = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
  std::map<std::string, std::uint64_t> by_cache;  ///< answers by X-Cache header
  std::vector<std::uint64_t> requests_of;         ///< by client
  double per_second() const { return seconds > 0 ? static_cast<double>(requests) / seconds : 0; }
};

/// Blocks until all clients are done. `stop` ends it early.
LoadResult run_load(int port, const LoadPlan& plan, const std::atomic<bool>& stop);

}  // namespace demo
