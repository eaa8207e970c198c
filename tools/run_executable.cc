#include "run_executable.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace freshet::tools {
namespace {

struct Pipe {
  int reading = -1;
  int writing = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    reading = ends[0];
    writing = ends[1];
  }
};

void read_both(int out, int err, Outcome& outcome) {
  std::array<pollfd, 2> watched = {{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    ::poll(watched.data(), watched.size(), -1);
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].fd < 0 || watched[i].revents == 0) continue;
      std::array<char, 4096> bytes{};
      const ssize_t got = ::read(watched[i].fd, bytes.data(), bytes.size());
      if (got <= 0) {
        ::close(watched[i].fd);
        watched[i].fd = -1;
      } else {
        (i == 0 ? outcome.out : outcome.err).append(bytes.data(), static_cast<std::size_t>(got));
      }
    }
  }
}

Outcome run(const std::string& out_file, const std::vector<std::string>& words, std::string_view input) {
  Pipe in;
  Pipe out;
  Pipe err;
  // What is written is short: it fits into the pipe. Before the child starts, which may end without reading it.
  if (!input.empty() && ::write(in.writing, input.data(), input.size()) < 0) ADD_FAILURE() << "no input";
  ::close(in.writing);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.reading, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.writing, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.writing, STDERR_FILENO);
  if (!out_file.empty()) {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_file.c_str(), O_WRONLY, 0);
  }
  std::vector<std::string> all = {FRESHET_EXECUTABLE};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  arguments.reserve(all.size() + 1);
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int error = posix_spawn(&child, FRESHET_EXECUTABLE, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(in.reading);
  ::close(out.writing);
  ::close(err.writing);
  Outcome outcome;
  read_both(out.reading, err.reading, outcome);
  int status = 0;
  if (error != 0 || ::waitpid(child, &status, 0) != child) {
    ADD_FAILURE() << "cannot run " << FRESHET_EXECUTABLE;
    return outcome;
  }
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return outcome;
}

std::string unique_name() {
  static std::atomic<int> count{0};
  return "tool-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
}

}  // namespace

Outcome run_executable(const std::vector<std::string>& words, std::string_view input) { return run({}, words, input); }

Outcome run_executable_into(const std::string& file, const std::vector<std::string>& words) {
  return run(file, words, {});
}

WithSegment::WithSegment() : name_(unique_name()), url_("shared:" + name_), cache_(open(url_ + "?size=4MiB")) {}

WithSegment::~WithSegment() { std::filesystem::remove("/dev/shm/freshet." + name_); }

Hammering::Hammering(const Cache& cache)
    : thread_([this, cache] {
        while (!stop_.load()) {
          const std::uint64_t round = rounds_.fetch_add(1) + 1;
          const std::string key = "hammered:" + std::to_string(round % 100);
          if (round % 10 == 0) cache.set(key, std::string(1000, 'x'));
          cache.get<std::string>(key);
        }
      }) {
  while (rounds_.load() < 1000) std::this_thread::yield();
}

Hammering::~Hammering() {
  stop_.store(true);
  thread_.join();
}

}  // namespace freshet::tools
