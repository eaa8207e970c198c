#include "figures.h"

#include <array>
#include <cmath>
#include <ctime>
#include <fmt/format.h>
#include <numeric>

namespace freshet::tools {

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  // From 1023.95 on, one decimal would round up to 1024.0 of the smaller unit.
  while (number >= 1023.95 && unit + 1 < kUnits.size()) {
    number /= 1024;
    ++unit;
  }
  return unit == 0 || number == std::floor(number) ? fmt::format("{:.0f} {}", number, kUnits[unit])
                                                   : fmt::format("{:.1f} {}", number, kUnits[unit]);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  // Tenths rounded down: 99.97 % must not read as "all". The small term makes up for 0.982 * 1000 = 981.99...
  const double tenths = std::floor(static_cast<double>(part) / static_cast<double>(whole) * 1000 + 1e-6);
  return fmt::format("{:.1f} %", tenths / 10);
}

std::string span_text(Duration span) {
  using namespace std::chrono_literals;
  if (span == kForever) return format_duration(span);
  const auto to = [span](Duration unit) { return format_duration(span / unit * unit); };
  const Duration size = span < 0us ? -span : span;
  if (size >= 24h) return to(1min);
  if (size >= 1min) return to(1s);
  if (size >= 1s) return to(100ms);
  if (size >= 10ms) return to(1ms);
  if (size >= 1ms) return to(100us);
  return format_duration(span);
}

std::string instant_text(Instant at) {
  if (at == kNever) return "never";
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return fmt::format("{}us", at.time_since_epoch().count());
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &local);
  return {text.data(), length};
}

std::uint64_t total(const Histogram& histogram) {
  return std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0});
}

std::optional<Duration> quantile(const Histogram& histogram, double q) {
  const std::uint64_t all = total(histogram);
  if (all == 0) return std::nullopt;
  const double rank = q * static_cast<double>(all);
  double below = 0;
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    const auto here = static_cast<double>(histogram[i]);
    if (here > 0 && below + here >= rank) {
      const double from = i == 0 ? 0 : std::ldexp(1.0, static_cast<int>(i));
      const double to = std::ldexp(1.0, static_cast<int>(i) + 1);
      return Duration(static_cast<std::int64_t>(from + (to - from) * (rank - below) / here));
    }
    below += here;
  }
  return Duration(std::int64_t{1} << kHistogramBuckets);
}

std::uint64_t sum_of(const Stats& stats, ReasonKind of) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    if (kind(static_cast<Reason>(i)) == of) sum += stats.count[i];
  }
  return sum;
}

}  // namespace freshet::tools
