#include "measure/process_time.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace bench {

ProcessTimes parse_stat(std::string_view line, double ticks_per_second) {
  // proc(5): pid (name) state ppid ...; utime and stime are fields 14 and 15.
  const std::size_t name_end = line.rfind(')');
  ProcessTimes times;
  double ticks = 0;
  bool well = name_end != std::string_view::npos &&
              std::from_chars(line.data(), line.data() + line.size(), times.pid).ec == std::errc();
  std::string_view rest = well ? line.substr(name_end + 1) : std::string_view();
  for (int field = 3; well && field <= 15; ++field) {
    const std::size_t start = rest.find_first_not_of(' ');
    well = start != std::string_view::npos;
    if (!well) break;
    rest.remove_prefix(start);
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    if (field != 4 && field < 14) continue;
    std::int64_t value = 0;
    well = std::from_chars(word.data(), word.data() + word.size(), value).ec == std::errc();
    if (field == 4) {
      times.parent = static_cast<int>(value);
    } else {
      ticks += static_cast<double>(value);
    }
  }
  if (!well) throw std::runtime_error("not a line of /proc/PID/stat: " + std::string(line));
  times.seconds = ticks / ticks_per_second;
  return times;
}

double seconds_of_tree(int pid, const std::vector<ProcessTimes>& all) {
  double seconds = 0;
  std::vector<int> family = {pid};
  for (const ProcessTimes& times : all) {
    if (times.pid == pid) seconds += times.seconds;
  }
  for (std::size_t i = 0; i < family.size(); ++i) {
    for (const ProcessTimes& times : all) {
      if (times.parent != family[i] || std::find(family.begin(), family.end(), times.pid) != family.end()) continue;
      family.push_back(times.pid);
      seconds += times.seconds;
    }
  }
  return seconds;
}

double processor_seconds_of_tree(int pid) {
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::vector<ProcessTimes> all;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.empty() || name[0] < '0' || name[0] > '9') continue;
    std::string line;
    std::ifstream file(entry.path() / "stat");
    // A process that has ended meanwhile is none of ours.
    if (std::getline(file, line)) all.push_back(parse_stat(line, ticks_per_second));
  }
  return seconds_of_tree(pid, all);
}

}  // namespace bench
