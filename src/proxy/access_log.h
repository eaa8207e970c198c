// What was asked and how it was answered, one JSON object per line:
//
//   {"time":"2026-01-01T00:00:00.000Z","client":"127.0.0.1","method":"GET","url":"http://example.org/a","status":200,
//    "reason":"miss_absent","stored":"stored","origin_status":200,"bytes":1024,"ms":12.3,"whole":true}
//
// `reason` is the word that Cache-Status, the counters and `freshet explain` use.
#pragma once

#include "proxy/event_loop.h"

#include <freshet/reason.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::proxy {

struct AccessRecord {
  Instant at{};  ///< when the request's head was there
  std::string_view client;
  std::string_view method;
  std::string_view authority;
  std::string_view target;
  std::uint16_t status = 0;
  std::optional<Reason> reason;  ///< none for what is no request
  std::optional<Reason> stored;  ///< what became of the origin's response
  std::uint16_t origin_status = 0;
  std::uint64_t bytes = 0;  ///< sent to the client, heads included
  std::chrono::microseconds took{0};
  bool whole = true;  ///< false: the client or the origin left before the end
};

/// Of one worker. Lines are gathered and written whole, so that several workers, and several processes, can append to
/// one file. Written when enough have come, and after a second at the latest.
class AccessLog {
 public:
  /// `fd`: opened for appending, or -1 for none. It stays the caller's.
  AccessLog(EventLoop& loop, int fd) : fd_(fd), timer_(loop, [this] { flush(); }) {}
  ~AccessLog() { flush(); }
  bool is_on() const noexcept { return fd_ >= 0; }
  void add(const AccessRecord& record);
  void flush();
  /// Lines that could not be written: a full disk is no reason to stop answering.
  std::uint64_t lost() const noexcept { return lost_; }

 private:
  int fd_;
  Timer timer_;
  std::string lines_;
  std::uint64_t count_ = 0;
  std::uint64_t lost_ = 0;
};

void append_access_line(std::string& out, const AccessRecord& record);

}  // namespace freshet::proxy
