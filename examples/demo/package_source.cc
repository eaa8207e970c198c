#include "package_source.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <streambuf>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace demo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLists = "/var/lib/apt/lists";
constexpr const char* kStatus = "/var/lib/dpkg/status";

bool is_compressed(const fs::path& file) { return file.filename().string().find("_Packages.") != std::string::npos; }

bool is_list(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with("_Packages") || is_compressed(file);
}

// The output of `apt-helper cat-file FILE`, which knows every compression that apt uses.
class HelperOutput : public std::streambuf {
 public:
  explicit HelperOutput(const fs::path& file) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe can be made");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execl("/usr/lib/apt/apt-helper", "apt-helper", "cat-file", file.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  HelperOutput(const HelperOutput&) = delete;
  HelperOutput& operator=(const HelperOutput&) = delete;
  ~HelperOutput() override { finish(); }

  bool finish() {
    if (pipe_ < 0) return ended_well_;
    ::close(pipe_);
    pipe_ = -1;
    int status = 0;
    ended_well_ = child_ > 0 && ::waitpid(child_, &status, 0) == child_ && status == 0;
    return ended_well_;
  }

 protected:
  int_type underflow() override {
    const ssize_t got = ::read(pipe_, buffer_, sizeof buffer_);
    if (got <= 0) return traits_type::eof();
    setg(buffer_, buffer_, buffer_ + got);
    return traits_type::to_int_type(buffer_[0]);
  }

 private:
  pid_t child_ = -1;
  int pipe_ = -1;
  bool ended_well_ = false;
  char buffer_[64 * 1024];
};

}  // namespace

PackageSource PackageSource::find(const fs::path& file) {
  PackageSource source;
  if (!file.empty()) {
    if (::access(file.c_str(), R_OK) != 0) {
      throw std::runtime_error(file.string() + " cannot be read. Give --packages the path of a Packages file.");
    }
    source.files_ = {file};
    source.description_ = file.string();
    return source;
  }
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(kLists, none)) {
    if (is_list(entry.path()) && ::access(entry.path().c_str(), R_OK) == 0) source.files_.push_back(entry.path());
  }
  std::sort(source.files_.begin(), source.files_.end());
  source.description_ = std::to_string(source.files_.size()) + " lists of apt";
  if (source.files_.empty()) {
    if (::access(kStatus, R_OK) != 0) {
      throw std::runtime_error(std::string("neither apt's lists nor ") + kStatus +
                               " are here. Run `apt-get update`, or give --packages FILE.");
    }
    source.files_ = {kStatus};
    source.description_ = "dpkg's status file (for all of Debian's packages: apt-get update)";
  }
  return source;
}

std::string PackageSource::fingerprint() const {
  std::string out;
  for (const fs::path& file : files_) {
    out += file.string() + ' ' + std::to_string(fs::file_size(file)) + ' ' +
           std::to_string(fs::last_write_time(file).time_since_epoch().count()) + '\n';
  }
  return out;
}

void PackageSource::read(const std::function<void(const Stanza&)>& visit) const {
  for (const fs::path& file : files_) {
    if (is_compressed(file)) {
      const auto output = std::make_unique<HelperOutput>(file);
      std::istream in(output.get());
      read_control_file(in, visit);
      if (!output->finish()) throw std::runtime_error("apt-helper could not read " + file.string());
    } else {
      std::ifstream in(file);
      if (!in) throw std::runtime_error(file.string() + " cannot be read");
      read_control_file(in, visit);
    }
  }
}

}  // namespace demo
