#include "measure/own_memory.h"

#include <fstream>
#include <stdexcept>
#include <string>

namespace bench {

OwnMemory OwnMemory::now() {
  OwnMemory memory;
  std::ifstream file("/proc/self/smaps_rollup");
  if (!file) throw std::runtime_error("cannot read /proc/self/smaps_rollup");
  for (std::string line; std::getline(file, line);) {
    const auto figure = [&](const char* name, std::uint64_t& to) {
      if (line.starts_with(name)) to = std::stoull(line.substr(line.find(':') + 1)) * 1024;
    };
    figure("Rss:", memory.resident_bytes);
    figure("Private_Dirty:", memory.private_dirty_bytes);
    figure("Anonymous:", memory.anonymous_bytes);
  }
  return memory;
}

}  // namespace bench
