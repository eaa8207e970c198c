#include "proxy/fetch.h"

#include "exchange/surrogate_keys.h"
#include "http/date.h"
#include "http/hop_by_hop.h"
#include "http/status.h"
#include "http1/write.h"
#include "proxy/worker.h"

#include <array>
#include <cerrno>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace freshet::proxy {
namespace {

using exchange::Step;

constexpr std::size_t kReadBytes = 64 * 1024;
// Bytes that have been sent are let go of from here on.
constexpr std::size_t kMostSentBytes = 256 * 1024;
constexpr std::size_t kMostUnsentBodyBytes = 256 * 1024;
constexpr milliseconds kFirstPoll{1};
constexpr milliseconds kLongestPoll{32};

// Of a connection that the origin has ended without a word: did it end it before our request was there? Then its end
// has acknowledged none of that, or a reset has followed. An origin that has read a request and gives no answer has
// acknowledged it, and it is not sent again.
bool was_never_received(int fd) {
  int error = 0;
  socklen_t bytes = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 && error != 0) return true;
  int unacknowledged = 0;
  return ::ioctl(fd, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0;
}

// By what the origin said of it, and not by what this one request was.
bool is_never_for_sharing(std::optional<Reason> why) {
  return why == Reason::refused_private || why == Reason::refused_no_store || why == Reason::refused_set_cookie ||
         why == Reason::refused_vary || why == Reason::refused_no_freshness || why == Reason::refused_useless;
}

bool is_idempotent(std::string_view method) {
  for (const std::string_view one : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"}) {
    if (method == one) return true;
  }
  return false;
}

}  // namespace

Fetch::Fetch(Worker& worker, const http::Request& request, Plan plan, std::shared_ptr<Flight> flight)
    : worker_(worker),
      request_(request),
      plan_(std::move(plan)),
      flight_(std::move(flight)),
      conversation_(worker.store(), worker.settings().rules),
      timer_(worker.loop(), [this] { on_timeout(); }),
      body_given_(plan_.body.framing == http1::Framing::none ||
                  (plan_.body.framing == http1::Framing::length && plan_.body.length_bytes == 0)) {}

Fetch::~Fetch() = default;

void Fetch::start() {
  const Instant now = worker_.loop().now();
  switch (plan_.mode) {
    case Mode::shared:
    case Mode::unshared:
      return proceed(conversation_.start(request_.view(), now));
    case Mode::background:
      return proceed(conversation_.start_background(request_.view(), now));
    case Mode::alone:
      return proceed(conversation_.start_alone(request_.view(), now));
    case Mode::past:
      return proceed(conversation_.start_past(request_.view()));
  }
}

void Fetch::proceed(Step step) {
  switch (step) {
    case Step::serve:
      return give_stored();
    case Step::load:
      return acquire();
    case Step::ask:
      return connect();
    case Step::wait:
      return poll_lease();
    case Step::stream:
      return begin_stream();
    case Step::collect:
      collecting_ = true;
      return;
    case Step::fail:
      return give_failure(conversation_.status());
    case Step::nothing:
      finish_flight(Flight::End::cut_short);
      return end();
  }
}

// --- one load on the host ------------------------------------------------------------------------------------------

void Fetch::acquire() {
  Step step = conversation_.acquire(worker_.settings().timeouts.collapse, worker_.loop().now());
  if (step == Step::wait && plan_.mode == Mode::unshared) step = conversation_.go_alone();
  if (step == Step::wait) polls_ = 0;
  proceed(step);
}

void Fetch::poll_lease() {
  // Another process loads. The store can only be asked, so it is asked ever less often.
  const Waited waited =
      worker_.store().store().wait(conversation_.load_key(), conversation_.ticket(), Duration::zero());
  if (waited.end != LoadEnd::timeout) return proceed(conversation_.waited(waited.end, worker_.loop().now()));
  const milliseconds pause = std::min(kFirstPoll * (1 << std::min(polls_++, 8)), kLongestPoll);
  if (pause * polls_ > worker_.settings().timeouts.collapse) return proceed(conversation_.go_alone());
  timer_.set(pause);
}

void Fetch::on_timeout() {
  const auto self = shared_from_this();
  if (ended_) return;
  if (!connection_ && !streaming_) return poll_lease();
  if (streaming_) return cut_short();
  leave_connection(false);
  proceed(conversation_.on_no_response(worker_.loop().now()));
}

// --- the request ---------------------------------------------------------------------------------------------------

void Fetch::connect() {
  if (connection_) leave_connection(false);
  connection_ = worker_.origins().take(retried_);
  if (!connection_) return proceed(conversation_.on_no_response(worker_.loop().now()));
  connection_->set_user(this);
  connected_ = connection_->is_reused();
  received_something_ = surplus_ = collecting_ = send_failed_ = hung_up_ = false;
  in_.clear();
  head_.restart();
  body_.reset();
  write_head();
  timer_.set(worker_.settings().timeouts.connect);
  // A new connection tells that it is writable when it is there.
  if (connected_ && !flush()) fail_exchange(true);
}

void Fetch::write_head() {
  out_.clear();
  sent_ = 0;
  const http::Request& request = request_.view();
  http1::append_request_line(out_, conversation_.outgoing_method(), request.target);
  http1::append_field(out_, "Host", request.authority);
  for (const http::Field& field : conversation_.outgoing()) {
    if (http::same_word(field.name, "Host") || http::same_word(field.name, "Expect")) continue;
    http1::append_field(out_, field.name, field.value);
  }
  http1::append_field(out_, "Via", "1.1 " + worker_.settings().cache_name);
  if (!plan_.client_address.empty()) http1::append_field(out_, "X-Forwarded-For", plan_.client_address);
  switch (plan_.body.framing) {
    case http1::Framing::length:
      http1::append_field(out_, "Content-Length", plan_.body.length_bytes);
      break;
    case http1::Framing::chunked:
      http1::append_field(out_, "Transfer-Encoding", "chunked");
      break;
    case http1::Framing::none:
    case http1::Framing::until_close:
      break;
  }
  http1::append_head_end(out_);
  asked_at_ = worker_.loop().now();
}

void Fetch::push_body(std::string_view bytes) {
  if (ended_ || send_failed_ || bytes.empty()) return;
  if (sent_ == out_.size() || sent_ > kMostSentBytes) {
    out_.erase(0, sent_);
    sent_ = 0;
  }
  if (plan_.body.framing == http1::Framing::chunked) {
    http1::append_chunk(out_, bytes);
  } else {
    out_.append(bytes);
  }
  if (connected_ && !flush()) fail_send();
}

void Fetch::end_body() {
  if (ended_ || send_failed_) return;
  body_given_ = true;
  if (connected_) timer_.set(worker_.settings().timeouts.response_head);
  if (plan_.body.framing == http1::Framing::chunked) out_.append(http1::kLastChunk);
  if (connected_ && !flush()) fail_send();
}

// An origin that has enough of a body says so and closes: what it said is read before it is called a failure.
void Fetch::fail_send() {
  send_failed_ = true;
  out_.clear();
  sent_ = 0;
  if (drained_) worker_.loop().post(std::exchange(drained_, nullptr));
  worker_.loop().post([weak = weak_from_this(), from = connection_] {
    const auto self = weak.lock();
    if (!self || self->ended_ || self->connection_ != from) return;
    self->read();
    if (!self->ended_ && self->connection_ == from && !self->streaming_) self->fail_exchange(false);
  });
}

void Fetch::fail_body() {
  const auto self = shared_from_this();
  if (ended_) return;
  leave_connection(false);
  conversation_.abandon(LoadEnd::superseded);
  finish_flight(Flight::End::cut_short);
  end();
}

bool Fetch::is_congested(std::function<void()> drained) {
  if (ended_ || out_.size() - sent_ < kMostUnsentBodyBytes) return false;
  drained_ = std::move(drained);
  return true;
}

bool Fetch::flush() {
  bool progress = false;
  while (sent_ < out_.size()) {
    const ssize_t n = ::send(connection_->fd(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      return false;
    }
    sent_ += static_cast<std::size_t>(n);
    progress = true;
  }
  if (streaming_ || send_failed_) return true;
  if (sent_ < out_.size() || body_given_) {
    // The origin's turn: to take what there is, or to answer.
    if (progress) timer_.set(worker_.settings().timeouts.response_head);
  } else {
    // The client's: its connection has a timer for that.
    timer_.cancel();
  }
  if (sent_ < out_.size()) return true;
  if (drained_) worker_.loop().post(std::exchange(drained_, nullptr));
  return true;
}

void Fetch::on_events(Events events) {
  const auto self = shared_from_this();
  if (ended_ || !connection_) return;
  hung_up_ = hung_up_ || events.hung_up;
  if (events.writable) {
    if (!connected_) {
      int error = 0;
      socklen_t bytes = sizeof error;
      ::getsockopt(connection_->fd(), SOL_SOCKET, SO_ERROR, &error, &bytes);
      if (error != 0) return fail_exchange(false);
      connected_ = true;
    }
    if (!flush() && !send_failed_) {
      if (plan_.body.framing == http1::Framing::none) return fail_exchange(true);
      fail_send();
    }
  }
  if (events.readable && connected_) read();
}

// --- the response --------------------------------------------------------------------------------------------------

void Fetch::read() {
  // It may be given up for another one, which will tell itself when there is something.
  const std::shared_ptr<OriginConnection> from = connection_;
  while (!ended_ && connection_ == from) {
    if (streaming_ && !collecting_) {
      if (!flight_->has_room(worker_.settings().stream_window_bytes, worker_.loop(), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
              self->timer_.set(self->worker_.settings().timeouts.response_body);
              self->read();
            }
          })) {
        timer_.cancel();
        return;
      }
    }
    // Each run is kept in a string of its own size: many small ones must not hold a large buffer each.
    thread_local std::array<char, kReadBytes> buffer;
    const ssize_t n = ::recv(connection_->fd(), buffer.data(), buffer.size(), 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      return fail_exchange(errno == ECONNRESET);
    }
    if (n == 0) {
      if (body_ && body_->end_of_input() == http1::Progress::done) return body_is_whole();
      return fail_exchange(was_never_received(connection_->fd()));
    }
    received_something_ = true;
    const bool drained = static_cast<std::size_t>(n) < buffer.size();
    std::string bytes(buffer.data(), static_cast<std::size_t>(n));
    if (body_) {
      take_body(std::move(bytes));
    } else {
      in_.append(bytes);
      while (!body_ && !ended_ && connection_ == from && !in_.empty() && read_head()) {
      }
    }
    // Edge-triggered: what comes later is told anew; an end that has come with these bytes is not.
    if (drained && !hung_up_) return;
  }
}

// False when more bytes are needed, or it is over.
bool Fetch::read_head() {
  const http1::Parsed parsed = http1::parse_response(in_, request_.view().method, worker_.limits(), head_);
  if (parsed == http1::Parsed::incomplete) return false;
  if (parsed == http1::Parsed::bad) {
    leave_connection(false);
    Step step = conversation_.on_no_response(worker_.loop().now());
    if (step == Step::fail) {
      give_failure(502);
    } else {
      proceed(step);
    }
    return false;
  }
  if (head_.is_interim()) {
    if (head_.status != 100 && plan_.mode != Mode::background) {
      std::string interim;
      http1::append_status_line(interim, head_.status);
      for (const http::Field& field : head_.fields()) {
        if (!http::is_returned_field({head_.status, head_.fields()}, field.name)) continue;
        http1::append_field(interim, field.name, field.value);
      }
      http1::append_head_end(interim);
      flight_->add_interim(std::move(interim));
    }
    in_.erase(0, head_.head_bytes);
    head_.restart();
    return true;
  }
  take_head();
  return false;
}

void Fetch::take_head() {
  worker_.loop().read_clocks();
  const Instant now = worker_.loop().now();
  timer_.set(worker_.settings().timeouts.response_body);
  body_.emplace(head_.body, worker_.limits());
  const std::uint64_t body_bytes = head_.body.framing == http1::Framing::length ? head_.body.length_bytes
                                   : head_.body.framing == http1::Framing::none ? 0
                                                                                : http::kUnknownBytes;
  const Step step = conversation_.on_head({head_.status, head_.fields()}, {asked_at_, now}, body_bytes);
  if (step == Step::stream || step == Step::collect) {
    proceed(step);
    const std::string rest = in_.substr(head_.head_bytes);
    in_.clear();
    if (body_->done() && rest.empty()) return body_is_whole();
    if (!rest.empty()) pump_parsed(rest);
    return;
  }
  // Its body is of no use: a 304 has none, anything else is not waited for.
  leave_connection(body_->done() && in_.size() == head_.head_bytes && head_.keep_alive);
  proceed(step);
}

void Fetch::begin_stream() {
  streaming_ = true;
  auto outcome = std::make_shared<Outcome>();
  outcome->kind = Outcome::Kind::stream;
  outcome->status = head_.status;
  outcome->reason = conversation_.reason();
  outcome->stored_reason = conversation_.stored_reason();
  const http::Response response{head_.status, head_.fields()};
  bool dated = false;
  for (const http::Field& field : response.fields) {
    if (!http::is_returned_field(response, field.name) || http::same_word(field.name, "Content-Length")) continue;
    dated = dated || http::same_word(field.name, "Date");
    http1::append_field(outcome->fields, field.name, field.value);
  }
  if (!dated) outcome->fields += worker_.date_line();
  const bool is_head_only = request_.view().method == "HEAD" || head_.status == 304;
  if (head_.body.framing == http1::Framing::length) {
    outcome->body_bytes = head_.body.length_bytes;
  } else if (head_.body.framing == http1::Framing::none) {
    outcome->body_bytes = 0;
    if (is_head_only) {
      const auto length = http::find(response.fields, "Content-Length");
      outcome->body_bytes = length ? http::parse_uint64(*length).value_or(http::kUnknownBytes) : http::kUnknownBytes;
    }
  }
  if (outcome->body_bytes != http::kUnknownBytes && outcome->body_bytes > worker_.settings().most_object_bytes &&
      !is_head_only) {
    conversation_.give_up_storing();
    outcome->stored_reason = conversation_.stored_reason();
  }
  outcome->is_shareable = conversation_.kept_head() != nullptr;
  // A client's own fault, too, says nothing of what others would get; but who asks while the origin fails would fail.
  const bool is_own_fault = head_.status < 500 && !is_never_for_sharing(conversation_.stored_reason());
  outcome->is_particular =
      head_.status == 304 || head_.status == 206 || request_.view().method != "GET" || is_own_fault;
  if (outcome->is_shareable) outcome->offer = conversation_.offer();
  if (!outcome->is_shareable && !plan_.table_key.empty()) {
    worker_.flights().remove(plan_.table_key, flight_);
    if (is_never_for_sharing(conversation_.stored_reason())) worker_.note_unshareable(plan_.table_key);
  }
  flight_->when_deserted(worker_.loop(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && !self->ended_) self->cut_short();
  });
  give(std::move(outcome));
}

void Fetch::take_body(std::string bytes) {
  timer_.set(worker_.settings().timeouts.response_body);
  // The usual case: all of it is content, and goes on without a copy.
  if (!collecting_ && head_.body.framing == http1::Framing::length && body_->length_left() >= bytes.size()) {
    body_->skip(bytes.size());
    flight_->add(std::move(bytes));
    if (body_->done() || body_->length_left() == 0) return body_is_whole();
    if (conversation_.kept_head() != nullptr && flight_->bytes() > worker_.settings().most_object_bytes) {
      conversation_.give_up_storing();
      flight_->stop_keeping();
    }
    return;
  }
  pump_parsed(bytes);
}

void Fetch::pump_parsed(std::string_view bytes) {
  std::string content;
  while (!bytes.empty() && body_->progress() == http1::Progress::more) {
    const http1::Piece piece = body_->feed(bytes);
    content.append(piece.content);
    bytes.remove_prefix(piece.consumed_bytes);
  }
  surplus_ = !bytes.empty();
  if (collecting_) {
    collected_.append(content);
    if (collected_.size() > worker_.settings().most_object_bytes) return fail_exchange(false);
  } else {
    flight_->add(std::move(content));
    if (conversation_.kept_head() != nullptr && flight_->bytes() > worker_.settings().most_object_bytes) {
      conversation_.give_up_storing();
      flight_->stop_keeping();
      if (!plan_.table_key.empty()) worker_.flights().remove(plan_.table_key, flight_);
    }
  }
  if (body_->done()) return body_is_whole();
  if (body_->progress() == http1::Progress::bad) {
    fail_exchange(false);
  }
}

void Fetch::body_is_whole() {
  const bool reusable = head_.keep_alive && !surplus_ && head_.body.framing != http1::Framing::until_close &&
                        body_given_ && !send_failed_ && !hung_up_ && sent_ == out_.size();
  leave_connection(reusable);
  worker_.loop().read_clocks();
  const Instant now = worker_.loop().now();
  if (collecting_) {
    collecting_ = false;
    const std::string whole = std::exchange(collected_, {});
    return proceed(conversation_.on_collected(whole, now));
  }
  // Stored before it is whole for those who wait: whoever has it, and asks again, gets it from the cache.
  if (conversation_.kept_head() != nullptr) conversation_.finish(flight_->body(), now);
  finish_flight(Flight::End::whole);
  end();
}

void Fetch::fail_exchange(bool may_retry) {
  const bool was_reused = connection_ && connection_->is_reused();
  leave_connection(false);
  if (streaming_) return cut_short();
  // A connection that the origin was closing just when it was taken (RFC 9112 section 9.3.1). Once, on a new
  // connection, and only where a request that was read all the same does no harm.
  if (may_retry && was_reused && !retried_ && !received_something_ && is_idempotent(request_.view().method) &&
      plan_.body.framing == http1::Framing::none) {
    retried_ = true;
    return connect();
  }
  collecting_ = false;
  proceed(conversation_.on_no_response(worker_.loop().now()));
}

void Fetch::cut_short() {
  leave_connection(false);
  conversation_.abandon(LoadEnd::superseded);
  finish_flight(Flight::End::cut_short);
  end();
}

void Fetch::leave_connection(bool reusable) {
  if (!connection_) return;
  connection_->set_user(nullptr);
  if (reusable) {
    worker_.origins().give_back(std::move(connection_));
  } else {
    worker_.loop().destroy_later(std::move(connection_));
  }
  connection_.reset();
  connected_ = false;
}

// --- how it turned out ---------------------------------------------------------------------------------------------

void Fetch::give(std::shared_ptr<Outcome> outcome) {
  outcome->forward_status = conversation_.forward_status();
  if (outcome->kind != Outcome::Kind::stream) leave_table();
  flight_->set_outcome(std::move(outcome));
}

void Fetch::give_stored() {
  auto outcome = std::make_shared<Outcome>();
  outcome->kind = Outcome::Kind::stored;
  outcome->reason = conversation_.reason();
  outcome->stored_reason = conversation_.stored_reason();
  outcome->age = conversation_.age();
  const http::StoredHead& head = conversation_.stored();
  outcome->stored = conversation_.stored_head_bytes();
  outcome->stored.append(conversation_.stored_body());
  outcome->status = head.facts().status;
  give(std::move(outcome));
  finish_flight(Flight::End::whole);
  end();
}

void Fetch::give_failure(std::uint16_t status) {
  auto outcome = std::make_shared<Outcome>();
  outcome->kind = Outcome::Kind::failed;
  outcome->status = status;
  outcome->reason = conversation_.reason();
  give(std::move(outcome));
  finish_flight(Flight::End::whole);
  end();
}

// Nobody may join it any more once those who listen can know how it ended, and ask anew.
void Fetch::finish_flight(Flight::End how) {
  leave_table();
  flight_->finish(how);
}

void Fetch::leave_table() {
  if (!plan_.table_key.empty()) worker_.flights().remove(plan_.table_key, flight_);
}

void Fetch::end() {
  if (ended_) return;
  ended_ = true;
  timer_.cancel();
  leave_connection(false);
  leave_table();
  if (drained_) worker_.loop().post(std::exchange(drained_, nullptr));
  worker_.fetch_ended(shared_from_this());
}

}  // namespace freshet::proxy
