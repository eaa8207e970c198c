// One request to the origin: sends it, reads the response, stores it if it may be, and tells a flight of it all.
//
// It has a copy of the request, because whoever asked may leave while others wait. Lives until it has ended; the worker
// holds it. Threads: its worker's.
#pragma once

#include "exchange/conversation.h"
#include "http1/body_reader.h"
#include "http1/response_head.h"
#include "proxy/flight.h"
#include "proxy/origin_pool.h"
#include "proxy/owned_request.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::proxy {

class Worker;

class Fetch : public Watcher, public std::enable_shared_from_this<Fetch> {
 public:
  enum class Mode : std::uint8_t {
    shared,      ///< others wait for it: one at a time on the host
    alone,       ///< for one client, and nothing is stored
    past,        ///< the same, and what is stored is not looked at
    background,  ///< a stale response has been served; nobody waits
    unshared,    ///< for one client; what may be stored is, but nobody waits for anybody
  };
  struct Plan {
    Mode mode = Mode::shared;
    std::string table_key;  ///< of the flight in the table; empty: it is in none
    http1::Body body;       ///< of the request
    std::string client_address;
  };

  Fetch(Worker& worker, const http::Request& request, Plan plan, std::shared_ptr<Flight> flight);
  ~Fetch() override;

  void start();
  void on_events(Events events) override;

  // --- the request's body, from the client's connection, on the same thread ----------------------------------------
  void push_body(std::string_view bytes);
  void end_body();
  /// So much waits to be sent that the client should pause; `drained` is then called once.
  bool is_congested(std::function<void()> drained);
  /// The client is gone in the middle of its body, or sent nonsense: the origin must not take it for whole.
  void fail_body();

 private:
  void proceed(exchange::Step step);
  void acquire();
  void poll_lease();
  void connect();
  void write_head();
  bool flush();
  void fail_send();
  void read();
  bool read_head();
  void take_head();
  void begin_stream();
  void take_body(std::string bytes);
  void pump_parsed(std::string_view bytes);
  void body_is_whole();
  void fail_exchange(bool may_retry);
  void cut_short();
  void leave_connection(bool reusable);
  void give(std::shared_ptr<Outcome> outcome);
  void give_stored();
  void give_failure(std::uint16_t status);
  void finish_flight(Flight::End how);
  void leave_table();
  void end();
  void on_timeout();

  Worker& worker_;
  OwnedRequest request_;
  Plan plan_;
  std::shared_ptr<Flight> flight_;
  exchange::Conversation conversation_;
  std::shared_ptr<OriginConnection> connection_;
  Timer timer_;

  std::string out_;
  std::size_t sent_ = 0;
  bool body_given_;  // all of the request's body is in out_
  std::function<void()> drained_;

  std::string in_;
  http1::ResponseHead head_;
  std::optional<http1::BodyReader> body_;
  Instant asked_at_{};
  bool received_something_ = false;
  bool connected_ = false;
  bool retried_ = false;
  bool hung_up_ = false;      // the origin will send no more than has come
  bool send_failed_ = false;  // the origin has closed; what it said before may still be there
  bool streaming_ = false;
  bool collecting_ = false;
  std::string collected_;
  bool surplus_ = false;
  bool ended_ = false;
  int polls_ = 0;
};

}  // namespace freshet::proxy
