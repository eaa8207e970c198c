// A process of a soak: a bit of everything that can be done with a segment, without end, until it is killed.
#pragma once

#include "tests/crash/soak/page.h"
#include "tests/crash/soak/working_set.h"

#include <string>

namespace freshet::soak {

struct Post {
  unsigned process;    ///< its place in the page
  unsigned processes;  ///< so many share the versioned keys
  unsigned seed;
};

/// Opens the segment and works. Only a kill, or the supervisor's death, ends it.
[[noreturn]] void work(const std::string& url, const WorkingSet& set, Page& page, const Post& post);
/// This process, and those that it forks, note in the page when they go on after a stop.
void note_continuations(Page& page);
/// From now on this process dies where the page says, and now and then gives way at a pause point.
void heed_pause_points(Page& page, unsigned process);

}  // namespace freshet::soak
