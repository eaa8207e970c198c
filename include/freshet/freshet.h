// Everything that an application needs. Not in here: testing.h, the testing kit, and attach.h, for tools.
#pragma once

#include <freshet/cache.h>
#include <freshet/codec.h>
#include <freshet/error.h>
#include <freshet/events.h>
#include <freshet/executor.h>
#include <freshet/key.h>
#include <freshet/load_context.h>
#include <freshet/memoize.h>
#include <freshet/metrics.h>
#include <freshet/options.h>
#include <freshet/pinned.h>
#include <freshet/reason.h>
#include <freshet/result.h>
#include <freshet/store.h>
#include <freshet/time.h>
