// What the demo shows, one function for each.
#pragma once

#include "report.h"
#include "stage.h"

#include <cstdint>
#include <vector>

namespace demo {

/// Clients ask at random for `span`; every client starts its row of requests at its beginning.
/// With `requests`, every client makes as many as it says instead: the same requests again.
LoadRow measure_load(const Stage& stage, const char* name, std::chrono::milliseconds span,
                     const std::vector<std::uint64_t>& requests = {});
/// Compares the same requests without and with the cache.
Finding judge_loads(const LoadRow& without, const LoadRow& cold, const freshet::Stats& stats);

/// A hot key is made stale while all clients ask for it: one query.
Finding expiry_under_load(const Stage& stage, const freshet::Cache& cache);
/// Ratings are written while all workers are read from: nobody sees the old one once the write was answered.
Finding writes_show_at_once(const Stage& stage);
/// A worker is killed under load: only requests on its own connections fail.
Finding killed_worker(const Stage& stage, const Workers& workers);
/// A worker is killed while it loads what others wait for: one of them takes over.
Finding killed_loader(const Stage& stage, const Workers& workers, const freshet::Cache& cache);
/// The database does not answer: what is cached is served all the same.
Finding locked_database(const Stage& stage, const freshet::Cache& cache);

}  // namespace demo
