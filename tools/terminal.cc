#include "terminal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>

namespace freshet::tools {
namespace {

constexpr std::string_view kBorrow = "\x1b[?1049h\x1b[?25l";  // alternate screen, no cursor
constexpr std::string_view kGiveBack = "\x1b[?25h\x1b[?1049l";

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// For the handler of deadly signals, which can reach nothing else.
termios found_settings{};
volatile std::sig_atomic_t borrowed = 0;
constexpr std::array kDeadly = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
std::array<struct sigaction, kDeadly.size()> found_actions{};

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EAGAIN) {
      pollfd writable{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (written < 0 && errno != EINTR) {
      fail("cannot write to the terminal");
    } else if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

// Async-signal-safe. A terminal that is gone needs nothing back, so errors do not matter.
void give_back() noexcept {
  if (borrowed == 0) return;
  borrowed = 0;
  [[maybe_unused]] const ssize_t ignored = ::write(STDOUT_FILENO, kGiveBack.data(), kGiveBack.size());
  tcsetattr(STDIN_FILENO, TCSADRAIN, &found_settings);
}

// Whoever handled the signal before us gets it afterwards.
void on_deadly(int signal) {
  give_back();
  for (std::size_t i = 0; i < kDeadly.size(); ++i) {
    if (kDeadly[i] == signal) sigaction(signal, &found_actions[i], nullptr);
  }
  raise(signal);
}

}  // namespace

Interrupts::Interrupts() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) sigaddset(&wanted, signal);
  fd_ = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) fail("cannot watch for signals");
  sigprocmask(SIG_BLOCK, &wanted, &before_);
}

Interrupts::~Interrupts() {
  // One that came too late to be read would end the program as soon as it is let through, after all was well.
  signalfd_siginfo late{};
  while (::read(fd_, &late, sizeof(late)) > 0) {
  }
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  ::close(fd_);
}

Interrupts::Event Interrupts::wait(Duration timeout, bool keys) {
  using Steady = std::chrono::steady_clock;
  const Steady::time_point until = Steady::now() + timeout;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
    std::array<pollfd, 2> watched = {{{fd_, POLLIN, 0}, {keys ? STDIN_FILENO : -1, POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ready < 0 && errno != EINTR) fail("cannot wait for the terminal");
    if (ready == 0) return Event::timeout;
    if (ready < 0) continue;
    signalfd_siginfo signal{};
    if (watched[0].revents != 0 && ::read(fd_, &signal, sizeof(signal)) == sizeof(signal)) {
      if (signal.ssi_signo == SIGWINCH) return Event::resized;
      return signal.ssi_signo == SIGTSTP ? Event::suspend : Event::quit;
    }
    if (watched[1].revents != 0) {
      std::array<char, 64> typed{};
      const ssize_t got = ::read(STDIN_FILENO, typed.data(), typed.size());
      if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return Event::quit;
      constexpr std::string_view kQuit = "qQ\x04";
      if (got > 0 && std::string_view(typed.data(), static_cast<std::size_t>(got)).find_first_of(kQuit) !=
                         std::string_view::npos) {
        return Event::quit;
      }
    }
  }
}

bool Screen::usable() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0 && kind != nullptr &&
         std::string_view(kind) != "dumb" && *kind != '\0';
}

void Screen::enter() {
  if (tcgetattr(STDIN_FILENO, &found_settings) != 0) fail("cannot read the terminal's settings");
  termios raw = found_settings;
  // Ctrl-C and Ctrl-Z stay signals (ISIG), and line ends stay line ends (OPOST).
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  struct sigaction action {};
  action.sa_handler = on_deadly;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kDeadly.size(); ++i) sigaction(kDeadly[i], &action, &found_actions[i]);
  borrowed = 1;
  if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
    const int error = errno;
    leave();
    errno = error;
    fail("cannot set up the terminal");
  }
  write_all(kBorrow);
}

void Screen::leave() noexcept {
  give_back();
  for (std::size_t i = 0; i < kDeadly.size(); ++i) sigaction(kDeadly[i], &found_actions[i], nullptr);
}

void Screen::suspend() {
  leave();
  raise(SIGSTOP);
  enter();
}

FrameSize Screen::size() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {80, 24};
  return {size.ws_col, size.ws_row};
}

void Screen::draw(const std::vector<std::string>& lines) {
  // Every line wipes its own rest, and the last one what is below: nothing flickers.
  std::string picture = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i != 0) picture += "\r\n";
    picture += i == 0 ? "\x1b[1m" + lines[i] + "\x1b[0m" : lines[i];
    picture += "\x1b[K";
  }
  picture += "\x1b[J";
  write_all(picture);
}

}  // namespace freshet::tools
