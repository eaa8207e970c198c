// What the field's policies reach on six well-known traces, to stand beside the engine's own figures.
//
// Source: simulated with libCacheSim (Yang, Qiu and others) in whole entries of equal size, at 1 % (at least 20
// entries) and 10 % of the distinct keys. Belady is the clairvoyant optimum. A trace is told by its number of accesses
// and keys, not by its name alone.
#pragma once

#include "access_trace.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace freshet::bench {

struct Published {
  double lru;
  double s3_fifo;
  double arc;
  double lirs;
  double belady;
};

struct WellKnownTrace {
  std::string_view file;
  tools::TraceFormat format;
  std::uint64_t accesses;
  std::uint64_t keys;
  Published at_1_percent;
  Published at_10_percent;
};

inline constexpr std::array<WellKnownTrace, 6> kWellKnownTraces = {{
    {"web07.trace.xz",
     tools::TraceFormat::be32,
     76'118,
     20'484,
     {.3915, .4379, .4191, .3865, .5338},
     {.5566, .5812, .5806, .5739, .6809}},
    {"orm-busy.trace.xz",
     tools::TraceFormat::be32,
     5'000'000,
     76'349,
     {.7703, .7564, .7675, .7145, .8282},
     {.8801, .8889, .8804, .8776, .9331}},
    {"scarab-recs.trace.xz",
     tools::TraceFormat::be64,
     1'245'184,
     258'368,
     {.3471, .4275, .4082, .3998, .5335},
     {.6060, .6282, .6235, .6208, .7503}},
    {"loop.trace.gz",
     tools::TraceFormat::text,
     505'500,
     1'011,
     {.0000, .0000, .0000, .0188, .0188},
     {.0000, .0000, .0000, .0987, .0989}},
    {"sprite.trace.gz",
     tools::TraceFormat::text,
     133'996,
     7'075,
     {.1633, .2124, .1903, .2022, .4216},
     {.8648, .8614, .8550, .8402, .9136}},
    {"2_pools.trace.gz",
     tools::TraceFormat::text,
     100'000,
     9'939,
     {.2177, .4461, .4647, .4697, .5051},
     {.5438, .5435, .5430, .5432, .6846}},
}};

/// The mean hit ratio over the twelve points that the engine is to reach; S3-FIFO's is 0.4820, the optimum 0.5752.
inline constexpr double kBar = 0.490;
/// At no point further below LRU than this.
inline constexpr double kMostBelowLru = 0.02;

}  // namespace freshet::bench
