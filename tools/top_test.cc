// `freshet top`: as text, and in a real terminal (a pty), which it must give back as it found it however it ends.
#include "run_executable.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <poll.h>
#include <pty.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

namespace freshet::tools {
namespace {

constexpr std::string_view kBorrowed = "\x1b[?1049h";
constexpr std::string_view kGivenBack = "\x1b[?1049l";

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The executable in a terminal of its own, which this process plays.
class Pty {
 public:
  explicit Pty(const std::vector<std::string>& words, unsigned short columns = 100, unsigned short rows = 30) {
    std::vector<std::string> all = {FRESHET_EXECUTABLE};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    for (std::string& word : all) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::setenv("TERM", "xterm", 1);
    const winsize size{rows, columns, 0, 0};
    int slave = -1;
    // The slave stays open here: its settings can be read after the child has gone.
    if (::openpty(&master_, &slave, nullptr, nullptr, &size) != 0) std::abort();
    slave_ = slave;
    found_ = settings();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(master_);
      if (::login_tty(slave) != 0) std::_Exit(99);
      ::execv(FRESHET_EXECUTABLE, arguments.data());
      std::_Exit(98);
    }
  }
  ~Pty() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(master_);
    ::close(slave_);
  }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  // Reads until the screen's bytes since the last call hold `part`.
  ::testing::AssertionResult shows(std::string_view part) {
    while (!contains(unread_, part)) {
      pollfd readable{master_, POLLIN, 0};
      if (::poll(&readable, 1, 20'000) <= 0)
        return ::testing::AssertionFailure() << part << " never came:\n" << unread_;
      std::array<char, 4096> bytes{};
      const ssize_t got = ::read(master_, bytes.data(), bytes.size());
      if (got <= 0) return ::testing::AssertionFailure() << part << " did not come:\n" << unread_;
      unread_.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return ::testing::AssertionSuccess();
  }
  std::string take() { return std::exchange(unread_, {}); }

  void type(std::string_view keys) {
    ASSERT_EQ(::write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  void resize(unsigned short columns, unsigned short rows) {
    const winsize size{rows, columns, 0, 0};
    ASSERT_EQ(::ioctl(master_, TIOCSWINSZ, &size), 0);
  }
  void send(int signal) { ASSERT_EQ(::kill(child_, signal), 0); }
  // Exit code, or minus the signal; for a stop, minus the signal as well.
  int wait(int options = 0) {
    int status = 0;
    if (::waitpid(child_, &status, options) != child_) return -1000;
    if (WIFSTOPPED(status)) return -WSTOPSIG(status);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  bool as_found() const {
    const termios now = settings();
    return now.c_lflag == found_.c_lflag && now.c_iflag == found_.c_iflag && now.c_oflag == found_.c_oflag &&
           std::equal(std::begin(now.c_cc), std::end(now.c_cc), std::begin(found_.c_cc));
  }

 private:
  termios settings() const {
    termios now{};
    ::tcgetattr(slave_, &now);
    return now;
  }

  int master_ = -1;
  int slave_ = -1;
  pid_t child_ = -1;
  termios found_{};
  std::string unread_;
};

using Top = WithSegment;

TEST_F(Top, OncePrintsTheRatesOfOneIntervalAsText) {
  const Hammering hammering(cache_);
  const Outcome outcome = run_executable({"top", url_, "--once", "--interval", "100ms"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("freshet top  " + url_)) << outcome.out;
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string title;
    std::string rate;
    if (in >> title >> rate; title != "hits") continue;
    EXPECT_NE(rate, "0.0") << line;
    return;
  }
  ADD_FAILURE() << "no line of hits in\n" << outcome.out;
}

TEST_F(Top, DrawsAnewWithEachIntervalAndFollowsTheWindowsSize) {
  const Hammering hammering(cache_);
  {
    Pty terminal({"top", url_, "--interval", "100ms"});
    ASSERT_TRUE(terminal.shows(kBorrowed));
    ASSERT_TRUE(terminal.shows("%")) << "the ratio of the last interval";
    ASSERT_TRUE(terminal.shows("hits"));
    terminal.take();
    ASSERT_TRUE(terminal.shows("\x1b[J")) << "and again";
    terminal.type("q");
    EXPECT_EQ(terminal.wait(), 0);
  }
  // With an hour between pictures only the new size can be what brings one.
  Pty terminal({"top", url_, "--interval", "1h"}, 100, 30);
  ASSERT_TRUE(terminal.shows("\x1b[J"));
  terminal.take();
  terminal.resize(30, 5);
  ASSERT_TRUE(terminal.shows("\x1b[J"));
  const std::string picture = terminal.take();
  EXPECT_EQ(std::count(picture.begin(), picture.end(), '\n'), 4) << picture;
  std::istringstream lines(picture);
  for (std::string line; std::getline(lines, line, '\n');)
    EXPECT_LE(line.size(), 30 + sizeof("\x1b[H\x1b[1m\x1b[0m\x1b[K\x1b[J\r"));
  terminal.type("q");
  EXPECT_EQ(terminal.wait(), 0);
}

TEST_F(Top, GivesTheTerminalBackHoweverItEnds) {
  struct Case {
    const char* name;
    std::function<void(Pty&)> end;
    int code;
  };
  const std::vector<Case> cases = {
      {"q", [](Pty& t) { t.type("q"); }, 0},
      {"keys before q", [](Pty& t) { t.type("xyz\x1b[AQ"); }, 0},
      {"Ctrl-C", [](Pty& t) { t.type("\x03"); }, 0},
      {"Ctrl-D", [](Pty& t) { t.type("\x04"); }, 0},
      {"SIGTERM", [](Pty& t) { t.send(SIGTERM); }, 0},
      {"SIGHUP", [](Pty& t) { t.send(SIGHUP); }, 0},
      {"a crash", [](Pty& t) { t.send(SIGBUS); }, -SIGBUS},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Pty terminal({"top", url_, "--interval", "1h"});
    ASSERT_TRUE(terminal.shows("\x1b[J"));
    EXPECT_FALSE(terminal.as_found()) << "keys come without Enter";
    terminal.take();
    c.end(terminal);
    ASSERT_TRUE(terminal.shows(kGivenBack));
    EXPECT_TRUE(contains(terminal.take(), "\x1b[?25h")) << "the cursor";
    const int code = terminal.wait();
    // A sanitizer reports the crash in its own way, and ends with a code of its own.
    EXPECT_TRUE(c.code >= 0 ? code == c.code : code != 0) << code;
    EXPECT_TRUE(terminal.as_found());
  }
}

TEST_F(Top, GivesTheTerminalBackWhileItIsStopped) {
  Pty terminal({"top", url_, "--interval", "1h"});
  ASSERT_TRUE(terminal.shows("\x1b[J"));
  terminal.take();
  terminal.type("\x1a");
  ASSERT_TRUE(terminal.shows(kGivenBack));
  EXPECT_EQ(terminal.wait(WUNTRACED), -SIGSTOP);
  EXPECT_TRUE(terminal.as_found());
  terminal.take();
  terminal.send(SIGCONT);
  ASSERT_TRUE(terminal.shows(kBorrowed));
  ASSERT_TRUE(terminal.shows("\x1b[J"));
  terminal.type("q");
  EXPECT_EQ(terminal.wait(), 0);
  EXPECT_TRUE(terminal.as_found());
}

TEST_F(Top, PurgeAllAsksAtATerminal) {
  cache_.set("a", 1);
  {
    Pty terminal({"purge", url_, "--all"});
    ASSERT_TRUE(terminal.shows("with 1 entries in all and 1 other processes attached? [y/N] "));
    terminal.type("\n");
    ASSERT_TRUE(terminal.shows("nothing purged"));
    EXPECT_EQ(terminal.wait(), 1);
    EXPECT_TRUE(cache_.peek<int>("a").has_value());
  }
  Pty terminal({"purge", url_, "--all"});
  ASSERT_TRUE(terminal.shows("[y/N] "));
  terminal.type("y\n");
  ASSERT_TRUE(terminal.shows("purged everything in " + url_));
  EXPECT_EQ(terminal.wait(), 0);
  EXPECT_FALSE(cache_.peek<int>("a").has_value());
}

}  // namespace
}  // namespace freshet::tools
