// A full screen of a terminal, lent and given back as it was, and the waiting for keys and signals in between.
//
// By hand, without ncurses: two escape sequences to borrow the screen, two to give it back.
#pragma once

#include "top_frame.h"

#include <freshet/time.h>

#include <csignal>
#include <string>
#include <vector>

namespace freshet::tools {

/// Takes SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGWINCH out of their usual course while it lives, so that
/// nothing ends the program but by way of its destructors.
class Interrupts {
 public:
  enum class Event { timeout, quit, resized, suspend };

  /// Errors: throws std::system_error.
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Returns at the first event, or after `timeout`. With `keys`, q, Ctrl-D and the end of the input are quit.
  Event wait(Duration timeout, bool keys);

 private:
  int fd_ = -1;
  sigset_t before_{};
};

/// The alternate screen, without echo and without waiting for the end of lines. One at a time.
class Screen {
 public:
  /// Whether input and output are a terminal that knows the sequences.
  static bool usable();

  Screen() { enter(); }
  ~Screen() { leave(); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  FrameSize size() const;
  /// The first line is set off. Errors: throws std::system_error.
  void draw(const std::vector<std::string>& lines);
  /// Gives the terminal back, stops as Ctrl-Z asks, and borrows it again when continued.
  void suspend();

 private:
  void enter();
  void leave() noexcept;
};

}  // namespace freshet::tools
