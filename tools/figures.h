// Numbers for people: 12,345 and 1.5 GiB, 98.2 %, rounded spans, quantiles of a histogram.
#pragma once

#include <freshet/store.h>
#include <freshet/time.h>

#include <cstdint>
#include <optional>
#include <string>

namespace freshet::tools {

/// `1,234,567`.
std::string with_commas(std::uint64_t number);
/// `512 B`, `1.5 KiB`, `256 MiB`.
std::string size_text(std::uint64_t bytes);
/// `98.2 %`; `-` when there is nothing to divide by. 100.0 % is kept for the whole of it.
std::string percent(std::uint64_t part, std::uint64_t whole);
/// Rounded to what a person reads (`4m56s`, `12ms`), in format_duration's words.
std::string span_text(Duration span);
/// Local time with its offset: `2031-05-17 14:03:59 +0200`; `never` for kNever.
std::string instant_text(Instant at);

/// The span below which the share `q` of all spans lies, straight through its bucket, and so right to a
/// factor of two. Nothing when the histogram is empty.
std::optional<Duration> quantile(const Histogram& histogram, double q);
std::uint64_t total(const Histogram& histogram);

/// Sums over the reasons of one kind.
std::uint64_t sum_of(const Stats& stats, ReasonKind of);
inline std::uint64_t hits(const Stats& stats) { return sum_of(stats, ReasonKind::hit); }
inline std::uint64_t lookups(const Stats& stats) { return hits(stats) + sum_of(stats, ReasonKind::miss); }

}  // namespace freshet::tools
