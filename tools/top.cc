// `freshet top`: what the cache does per second, live.
#include "exit_code.h"
#include "terminal.h"
#include "top_frame.h"
#include "verbs.h"

#include <freshet/attach.h>
#include <freshet/error.h>

#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace freshet::tools {
namespace {

constexpr Duration kShortest = std::chrono::milliseconds(100);
constexpr Duration kLongest = std::chrono::hours(1);

Duration interval_of(const Arguments& arguments) {
  const std::string_view text = arguments.value("--interval", "1s");
  Duration interval{};
  try {
    interval = parse_duration(text);
  } catch (const ConfigError& error) {
    throw UsageError(std::string("--interval: ") + error.what());
  }
  if (interval < kShortest || interval > kLongest) {
    throw UsageError(
        fmt::format("--interval {}: it may be {} to {}", text, format_duration(kShortest), format_duration(kLongest)));
  }
  return interval;
}

Duration since_boot() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

Sample take(Store& store) { return {store.stats(), system_clock()->now(), since_boot()}; }

void run_on_screen(Store& store, Duration interval, Interrupts& interrupts) {
  Screen screen;
  std::optional<Sample> before;
  Sample now = take(store);
  for (;;) {
    screen.draw(top_frame(before ? &*before : nullptr, now, screen.size()));
    const Duration due = now.since_start + interval - since_boot();
    switch (interrupts.wait(std::max(due, Duration::zero()), true)) {
      case Interrupts::Event::quit:
        return;
      case Interrupts::Event::suspend:
        screen.suspend();
        break;
      case Interrupts::Event::resized:
        break;
      case Interrupts::Event::timeout:
        before = std::exchange(now, take(store));
        break;
    }
  }
}

void run_as_text(Store& store, Duration interval, bool once, Interrupts& interrupts) {
  Sample before = take(store);
  bool first = true;
  for (;;) {
    const Duration due = before.since_start + interval - since_boot();
    const Interrupts::Event event = interrupts.wait(std::max(due, Duration::zero()), false);
    if (event == Interrupts::Event::quit) return;
    if (event == Interrupts::Event::suspend) raise(SIGSTOP);
    if (event != Interrupts::Event::timeout) continue;
    Sample now = take(store);
    std::string text = std::exchange(first, false) ? "" : "\n";
    for (const std::string& line : top_frame(&before, now, {})) text += line + '\n';
    print(text);
    flush();
    if (once) return;
    before = std::move(now);
  }
}

ExitCode run_top(const Arguments& arguments) {
  const Duration interval = interval_of(arguments);
  const auto store = attach(arguments.operand(0));
  Interrupts interrupts;
  if (arguments.has("--once") || !Screen::usable()) {
    run_as_text(*store, interval, arguments.has("--once"), interrupts);
  } else {
    run_on_screen(*store, interval, interrupts);
  }
  return ExitCode::ok;
}

constexpr Operand kOperands[] = {kUrlOperand};
constexpr Flag kFlags[] = {{"--interval", "SPAN", "how often to look: 500ms, 1s, 1m", "1s"},
                           {"--once", "", "watch for one interval, print it as text, and end"}};
constexpr std::string_view kExamples[] = {
    "freshet top shared:shop", "freshet top shared:shop --interval 10s >> top.log", "freshet top shared:shop --once"};

}  // namespace

const Verb kTopVerb = {"top",
                       "shows live what the cache does per second, by reason",
                       "URL [--interval SPAN] [--once]",
                       "q or Ctrl-C ends it. Where the output is no terminal, it prints one block of text per "
                       "interval. Times of loads are "
                       "right to a factor of two. Takes no lock of the cache.",
                       kOperands,
                       kFlags,
                       kExamples,
                       run_top};

}  // namespace freshet::tools
