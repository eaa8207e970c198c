#include "tests/proxy/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace freshet::proxy_test {

Program::Program(std::vector<std::string> words, std::size_t most_descriptors) {
  if (most_descriptors != 0) {
    words.insert(words.begin(), {"/usr/bin/prlimit", "--nofile=" + std::to_string(most_descriptors)});
  }
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  out_ = ends[0];
  if (error != 0) throw std::runtime_error("cannot run " + words[0]);
}

Program::Program(Program&& other) noexcept : pid_(std::exchange(other.pid_, -1)), out_(std::exchange(other.out_, -1)) {}

Program& Program::operator=(Program&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(out_, other.out_);
  return *this;
}

Program::~Program() {
  if (pid_ > 0) {
    kill();
    wait();
  }
  if (out_ >= 0) ::close(out_);
}

std::string Program::line() {
  std::string line;
  for (char c = 0; c != '\n';) {
    if (::read(out_, &c, 1) != 1) throw std::runtime_error("the program said no more than: " + line);
    line += c;
  }
  return line;
}

void Program::kill(int signal) { ::kill(pid_, signal); }

int Program::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

namespace {
std::vector<std::string> proxy_words(const std::string& origin, const std::vector<std::string>& words) {
  std::vector<std::string> all = {FRESHET_EXECUTABLE, "proxy", "--origin", origin, "--listen", "127.0.0.1:0"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}
}  // namespace

ProxyProgram::ProxyProgram(const std::string& origin, const std::vector<std::string>& words,
                           std::size_t most_descriptors)
    : program_(proxy_words(origin, words), most_descriptors) {
  // "freshet: http://127.0.0.1:41234 answers for ..."
  const std::string line = program_.line();
  const std::size_t colon = line.find(':', line.find("://") + 3);
  port_ = static_cast<std::uint16_t>(std::stoul(line.substr(colon + 1)));
}

}  // namespace freshet::proxy_test
