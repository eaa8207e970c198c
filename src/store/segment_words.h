// What the store's words are in a segment: instants as microseconds, an entry's Meta as the fields of its record.
#pragma once

#include "segment/record.h"

#include <freshet/store.h>

#include <cstdint>
#include <string_view>

namespace freshet {

inline std::int64_t microseconds(Instant at) { return at.time_since_epoch().count(); }
inline Instant instant(std::int64_t microseconds_of_1970) { return Instant(Duration(microseconds_of_1970)); }

inline bool bad_key(std::string_view key) { return key.empty() || key.size() > kMaxStoredKeyBytes; }

inline Meta meta_of(const segment::RecordFields& fields, std::uint64_t version) {
  return {instant(fields.stored_at),
          instant(fields.fresh_until),
          instant(fields.keep_until),
          Duration(fields.load_cost_us),
          fields.content,
          version};
}

}  // namespace freshet
