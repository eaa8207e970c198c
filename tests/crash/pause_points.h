// Every named pause point of the engine below the cache, and when a process comes by: the one list for all who kill
// there. A test holds it against the source (pause_test.cc).
#pragma once

#include <cstddef>
#include <string_view>

namespace freshet::witness {

enum class Passed {
  at_work,     ///< by whoever reads, writes and evicts
  on_growth,   ///< by whose entry the index grows
  on_creation  ///< by who formats the segment
};

struct PausePoint {
  const char* name;
  Passed passed;
};

inline constexpr PausePoint kPausePoints[] = {{"store.missed", Passed::at_work},
                                              {"store.room_made", Passed::at_work},
                                              {"store.filling", Passed::at_work},
                                              {"store.filled", Passed::at_work},
                                              {"store.publishing", Passed::at_work},
                                              {"store.published", Passed::at_work},
                                              {"store.erasing", Passed::at_work},
                                              {"leases.granting", Passed::at_work},
                                              {"leases.half_granted", Passed::at_work},
                                              {"leases.ended", Passed::at_work},
                                              {"tags.number_taken", Passed::at_work},
                                              {"log.header_written", Passed::at_work},
                                              {"log.linked", Passed::at_work},
                                              {"log.reserved", Passed::at_work},
                                              {"log.half_filled", Passed::at_work},
                                              {"pool.open", Passed::at_work},
                                              {"pool.opened", Passed::at_work},
                                              {"pool.take", Passed::at_work},
                                              {"pool.life_ended", Passed::at_work},
                                              {"pool.uncondemn", Passed::at_work},
                                              {"pool.put_away", Passed::at_work},
                                              {"eviction.taken", Passed::at_work},
                                              {"eviction.moved", Passed::at_work},
                                              {"eviction.cleaned", Passed::at_work},
                                              {"index.copied", Passed::on_growth},
                                              {"index.announced", Passed::on_growth},
                                              {"pool.index_taken", Passed::on_growth},
                                              {"index.splitting", Passed::on_growth},
                                              {"index.split_taken", Passed::on_growth},
                                              {"index.split_filled", Passed::on_growth},
                                              {"index.split_publishing", Passed::on_growth},
                                              {"index.split_published", Passed::on_growth},
                                              {"index.split_cleared", Passed::on_growth},
                                              {"segment.formatting", Passed::on_creation},
                                              {"segment.formatted", Passed::on_creation}};
inline constexpr int kPausePointCount = static_cast<int>(sizeof(kPausePoints) / sizeof(kPausePoints[0]));

/// Its place in the list; -1 for none.
constexpr int pause_point_number(std::string_view name) {
  for (int i = 0; i < kPausePointCount; ++i) {
    if (kPausePoints[i].name == name) return i;
  }
  return -1;
}

}  // namespace freshet::witness
