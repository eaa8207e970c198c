// The counters as text for Prometheus.
#pragma once

#include <freshet/store.h>

#include <string>

namespace freshet {

/// Prometheus' text format, version 0.0.4: counters by reason, the histogram of load times, gauges.
std::string prometheus_text(const Stats& stats);

}  // namespace freshet
