#include "peers/temporary_place.h"

#include <fcntl.h>
#include <filesystem>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr const char* kSharedMemory = "/dev/shm";

void remove_all(const std::string& folder, const std::string& segments) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  for (const auto& entry : std::filesystem::directory_iterator(kSharedMemory, ignored)) {
    if (entry.path().filename().string().starts_with(segments)) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

TemporaryPlace::TemporaryPlace(const std::string& under) : folder_(under + "/freshet-bench-XXXXXX") {
  if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make a folder in " + under);
  id_ = "bench-" + folder_.substr(folder_.size() - 6);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot open a pipe");
  alive_ = ends[1];
  janitor_ = fork();
  if (janitor_ < 0) throw std::runtime_error("cannot fork");
  if (janitor_ == 0) {
    setsid();  // an interrupt from the terminal is not for us
    signal(SIGTERM, SIG_IGN);
    close(ends[1]);
    char none = 0;
    while (read(ends[0], &none, 1) > 0) {
    }
    remove_all(folder_, "freshet." + id_);
    _exit(0);
  }
  close(ends[0]);
}

TemporaryPlace::~TemporaryPlace() {
  close(alive_);
  waitpid(janitor_, nullptr, 0);
}

void TemporaryPlace::remove_shared(const std::string& name) const {
  std::error_code ignored;
  std::filesystem::remove(std::string(kSharedMemory) + "/freshet." + id_ + "-" + name, ignored);
}

}  // namespace bench
