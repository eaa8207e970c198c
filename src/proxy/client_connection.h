// One client's connection: reads requests one after the other, answers each from the cache or from a flight, and keeps
// their order. Threads: its worker's.
//
//   reading --head is there--> deciding --stored--> writing --all written--> reading
//                                 '--a flight--> waiting --outcome, chunks--> writing
#pragma once

#include "exchange/conversation.h"
#include "exchange/stored_answer.h"
#include "http1/body_reader.h"
#include "http1/request_head.h"
#include "proxy/flight.h"
#include "proxy/owned_request.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <vector>

namespace freshet::proxy {

class Worker;
class Fetch;

class ClientConnection : public Watcher, public FlightListener, public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(Worker& worker, Socket socket, const sockaddr_storage& address);
  ~ClientConnection() override;

  /// False when it cannot be watched.
  bool start();
  void close();
  /// So that the client sees that something is missing, where nothing else would tell.
  void reset();
  void on_events(Events events) override;
  void on_flight() override;

 private:
  enum class State : std::uint8_t { reading, waiting, writing, lingering, closed };

  void name_client();
  void own_request();
  void read();
  bool make_room();
  std::string_view unread() const noexcept { return std::string_view(in_).substr(in_at_, in_end_ - in_at_); }
  // Says that no more will come, and waits a moment for the client to have read: closing with bytes unread would take
  // the answer away from it.
  void linger();
  // Goes on with what in_ holds: requests, one after the other, or a body.
  void advance();
  void take_request();
  void decide(exchange::Step step);
  void answer_stored();
  void copy_rest();
  void revalidate();

  void load();
  void fly(std::shared_ptr<Flight> flight);
  void fetch_alone();
  void leave_flight();
  void take_over();
  void on_timer();
  void pump_request_body();
  void take_outcome();
  void join_outcome();
  void begin_stream();
  void pump_stream();

  void refuse(std::uint16_t status, std::string_view why, std::optional<Reason> reason);
  void append_connection_fields();
  void answer_made(const http::StoredHead& stored, std::span<const std::string_view> body, http::Seconds age,
                   Reason reason);
  // Sends what is gathered. False when it could not all be sent yet, or the connection is gone.
  bool write();
  void add_to_write(std::string_view bytes) {
    if (!bytes.empty()) pieces_.push_back({const_cast<char*>(bytes.data()), bytes.size()});
  }
  void answer_is_whole();

  Worker& worker_;
  Socket socket_;
  std::string address_text_;
  sockaddr_storage address_;
  Timer timer_;
  State state_ = State::reading;

  std::string in_;  // all of it may be written to; what has been received stands from in_at_ to in_end_
  std::size_t in_at_ = 0;
  std::size_t in_end_ = 0;
  bool more_to_read_ = false;  // the socket has more, which will not be told again
  bool head_begun_ = false;
  bool input_ended_ = false;
  bool hung_up_ = false;  // the client will send no more than has come
  http1::RequestHead head_;
  http::Request request_;
  std::optional<OwnedRequest> owned_;  // what request_ points into while it waits; in_ may move
  std::optional<http1::BodyReader> body_;
  bool body_ended_ = true;

  exchange::Conversation conversation_;
  exchange::StoredAnswer answer_;

  std::shared_ptr<Flight> flight_;
  std::uint64_t flight_id_ = 0;
  std::shared_ptr<Fetch> fetch_;
  bool owns_flight_ = false;
  bool waits_for_another_ = false;  // for the outcome of a flight that is in the table
  bool streaming_ = false;
  bool chunked_ = false;
  bool stream_has_body_ = false;
  std::uint64_t stream_left_ = 0;
  int flights_tried_ = 0;
  std::shared_ptr<const Outcome> outcome_;
  Flight::End flight_end_ = Flight::End::none;

  std::string out_;
  std::vector<iovec> pieces_;
  std::size_t next_piece_ = 0;
  std::vector<Chunk> held_;  // what pieces_ point into
  bool keep_alive_ = false;

  // For the access log.
  void log(bool whole);
  bool logged_ = true;
  Instant asked_at_{};
  Tick asked_tick_{};
  std::uint16_t status_ = 0;
  std::optional<Reason> reason_;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace freshet::proxy
