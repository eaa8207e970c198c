// What a process has in memory.
#pragma once

#include <cstddef>
#include <fstream>
#include <string>
#include <sys/types.h>
#include <unistd.h>

namespace freshet::proxy_test {

/// Of `/proc/PID/status`, in bytes: "VmRSS" now, "VmHWM" the most there ever was.
inline std::size_t memory_bytes(pid_t pid, const std::string& what) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(what + ":")) return std::stoul(line.substr(what.size() + 1)) * 1024;
  }
  return 0;
}

inline std::size_t resident_bytes() { return memory_bytes(::getpid(), "VmRSS"); }

}  // namespace freshet::proxy_test
