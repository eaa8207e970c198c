// What a process and the processes that it started have had of a processor: the clock for servers, which do not wait
// for the one who measures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct ProcessTimes {
  int pid = 0;
  int parent = 0;
  double seconds = 0;  ///< user and system
};

/// Reads one line of /proc/PID/stat. A name with blanks and brackets in it does not confuse it.
/// Errors: throws std::runtime_error.
ProcessTimes parse_stat(std::string_view line, double ticks_per_second);

/// The sum over `pid` and its descendants among `all`.
double seconds_of_tree(int pid, const std::vector<ProcessTimes>& all);

/// Of the living processes. In steps of the kernel's clock tick, usually 10 ms.
double processor_seconds_of_tree(int pid);

}  // namespace bench
