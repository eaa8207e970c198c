#include "demo_segment.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace demo {
namespace {

namespace fs = std::filesystem;

// `shared:NAME` is the file freshet.NAME in shared memory.
constexpr const char* kFolder = "/dev/shm";
constexpr const char* kPrefix = "freshet-demo-";

fs::path file_of(const std::string& name) { return fs::path(kFolder) / ("freshet." + name); }

void remove_leftovers() {
  const std::string prefix = std::string("freshet.") + kPrefix;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(kFolder, none)) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with(prefix)) continue;
    const int process = std::atoi(file.c_str() + prefix.size());
    if (process > 0 && ::kill(process, 0) != 0 && errno == ESRCH) fs::remove(entry.path(), none);
  }
}

}  // namespace

DemoSegment::DemoSegment(const std::string& size)
    : name_(kPrefix + std::to_string(::getpid())), url_("shared:" + name_ + "?size=" + size) {
  remove_leftovers();
}

DemoSegment::~DemoSegment() {
  std::error_code none;
  fs::remove(file_of(name_), none);
}

}  // namespace demo
