// A response on its way from the origin, and all who wait for it: on any worker's thread. The one who fetches adds to
// it; whoever listens reads it at his own pace.
//
// While it is going to be stored, the whole body stays in memory, and whoever comes late still gets it from the
// beginning. Once it is not (it may not be, or it is too large), chunks that all have read are let go of, nobody is
// added, and the fetch pauses while the slowest has not caught up: a large body needs little memory.
#pragma once

#include "exchange/conversation.h"
#include "proxy/event_loop.h"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace freshet::proxy {

/// How a fetch turned out, before its body: written once, then read by all.
struct Outcome {
  enum class Kind : std::uint8_t {
    stream,  ///< the origin's response, as it comes
    stored,  ///< answered from what is stored: validated, or standing in for a failure
    failed,  ///< no answer: `status` is ours to give
  };
  Kind kind = Kind::failed;
  std::uint16_t status = 0;
  std::uint16_t forward_status = 0;
  Reason reason = Reason::miss_absent;  ///< of whoever began it
  std::optional<Reason> stored_reason;
  /// stream: the fields for the client, each with its line end, without those of the connection.
  std::string fields;
  /// stream: of a response that is to be stored. Others may have it only if that and Conversation::join() says so.
  bool is_shareable = false;
  exchange::Offer offer;
  /// stream: not for others, but because of its request's conditions and not of what it is.
  bool is_particular = false;
  /// stream: the body's length where it is known.
  std::uint64_t body_bytes = http::kUnknownBytes;
  /// stored: head and body, and the age.
  std::string stored;
  http::Seconds age{0};
};

using Chunk = std::shared_ptr<const std::string>;

/// Who waits. Called on its own loop's thread, some time after something has changed: then it looks.
class FlightListener {
 public:
  virtual ~FlightListener() = default;
  virtual void on_flight() = 0;
};

class Flight : public std::enable_shared_from_this<Flight> {
 public:
  enum class End : std::uint8_t { none, whole, cut_short };

  /// What a listener sees from where it has read to.
  struct View {
    std::shared_ptr<const Outcome> outcome;  ///< null: nothing has come yet
    std::vector<Chunk> chunks;
    End end = End::none;  ///< behind `chunks`
  };

  // --- for whoever fetches -----------------------------------------------------------------------------------------
  void set_outcome(std::shared_ptr<const Outcome> outcome);
  /// An interim response (103) for the one who began; its head's bytes.
  void add_interim(std::string head);
  void add(std::string bytes);
  void finish(End end);
  /// It will not be stored: from now on chunks go when they have been read.
  void stop_keeping();
  /// Read by nobody any more, or read up to less than `window` behind: go on fetching. Otherwise `resume` is posted to
  /// `loop` when that is so.
  bool has_room(std::size_t window, EventLoop& loop, std::function<void()> resume);
  /// Posted to `loop` when the last listener has left and the body is not going to be stored: nobody wants it.
  void when_deserted(EventLoop& loop, std::function<void()> call);
  /// All of the body, in one piece.
  std::string body() const;
  std::uint64_t bytes() const;

  // --- for whoever listens -----------------------------------------------------------------------------------------
  /// False when it is too late to get all of it. `listener` is called until leave().
  bool join(EventLoop& loop, std::weak_ptr<FlightListener> listener, std::uint64_t& id);
  void leave(std::uint64_t id);
  /// Takes up to `most` bytes' worth of chunks (one at least, if there is one).
  View read(std::uint64_t id, std::size_t most);
  std::vector<std::string> take_interims();

 private:
  struct Reader {
    EventLoop* loop = nullptr;
    std::weak_ptr<FlightListener> listener;
    std::size_t next_chunk = 0;  // counted from the first that ever was
    bool told = false;           // and has not looked since
  };
  void tell_all();
  void let_go();
  void tell_if_deserted();
  std::uint64_t unread_bytes() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const Outcome> outcome_;
  std::vector<std::string> interims_;
  std::deque<Chunk> chunks_;
  std::size_t gone_ = 0;  // chunks let go of
  std::uint64_t bytes_ = 0;
  std::uint64_t held_bytes_ = 0;
  bool keeps_ = true;
  End end_ = End::none;
  std::unordered_map<std::uint64_t, Reader> readers_;
  std::uint64_t next_id_ = 1;
  std::function<void()> resume_;
  EventLoop* resume_loop_ = nullptr;
  std::size_t resume_window_ = 0;
  std::function<void()> deserted_;
  EventLoop* deserted_loop_ = nullptr;
};

/// The flights that can be joined, by the key of their load.
class FlightTable {
 public:
  /// The flight under way for this key, or a new one: then `is_new`, and the caller fetches, and calls remove() when it
  /// ends.
  std::shared_ptr<Flight> join_or_add(std::string_view key, bool& is_new);
  void remove(std::string_view key, const std::shared_ptr<Flight>& flight);
  std::size_t size() const;

 private:
  static constexpr std::size_t kShards = 64;
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights;
  };
  Shard& shard(std::string_view key) { return shards_[std::hash<std::string_view>()(key) % kShards]; }
  std::array<Shard, kShards> shards_;
};

}  // namespace freshet::proxy
