// One worker process: a web server on a socket that it got from the supervisor.
#pragma once

#include <string>

namespace demo {

struct WorkerSettings {
  std::size_t index = 0;
  int listening_socket = -1;  ///< the supervisor's
  int scoreboard_file = -1;
  int supervisor = 0;  ///< process id; the worker ends with it
  std::string database;
  std::string cache_url;
};

/// Serves until SIGTERM, or until the supervisor is gone. Returns the exit code.
int run_worker(const WorkerSettings& settings);

}  // namespace demo
