// A program of its own, for what only happens to whole processes: kill -9, memory, a limit on descriptors.
#pragma once

#include "tests/proxy/gate.h"
#include "tests/proxy/memory.h"

#include <csignal>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <vector>

namespace freshet::proxy_test {

/// Ownership: kills and reaps the process if it still runs.
class Program {
 public:
  /// Runs words[0] with the others. `most_descriptors`: its limit; 0: ours.
  explicit Program(std::vector<std::string> words, std::size_t most_descriptors = 0);
  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) noexcept;
  ~Program();

  /// The next line of its standard output. Throws std::runtime_error at the end.
  std::string line();
  void kill(int signal = SIGKILL);
  /// The exit code, or minus the signal that ended it.
  int wait();
  /// "VmRSS", "VmHWM".
  std::size_t memory(const std::string& what) const { return memory_bytes(pid_, what); }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

/// `freshet proxy` at a free port. Once it is there, it serves.
class ProxyProgram {
 public:
  ProxyProgram(const std::string& origin, const std::vector<std::string>& words, std::size_t most_descriptors = 0);
  std::uint16_t port() const noexcept { return port_; }
  Program& program() noexcept { return program_; }

 private:
  Program program_;
  std::uint16_t port_ = 0;
};

}  // namespace freshet::proxy_test
