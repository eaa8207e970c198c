#include "proxy/client_connection.h"

#include "http1/chunked.h"
#include "http1/write.h"
#include "proxy/fetch.h"
#include "proxy/worker.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>

namespace freshet::proxy {
namespace {

using exchange::Step;

constexpr std::size_t kReadBytes = 16 * 1024;
// Responses above this are written from where they lie in the segment: below, a copy costs less than a pin.
constexpr std::size_t kCopyAtMost = 32 * 1024;
constexpr int kMostReadsAtOnce = 32;
constexpr milliseconds kLingers{2'000};
constexpr std::size_t kMostPiecesAtOnce = 64;  // of one writev()

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(), text.size());
  } else if (address.ss_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text.data(), text.size());
  }
  return text.data();
}

}  // namespace

ClientConnection::ClientConnection(Worker& worker, Socket socket, const sockaddr_storage& address)
    : worker_(worker),
      socket_(std::move(socket)),
      address_(address),
      timer_(worker.loop(), [this] { on_timer(); }),
      conversation_(worker.store(), worker.settings().rules, kCopyAtMost) {}

ClientConnection::~ClientConnection() = default;

void ClientConnection::name_client() {
  if (address_text_.empty()) address_text_ = text_of(address_);
}

bool ClientConnection::start() {
  timer_.set(worker_.settings().timeouts.request_head);
  return worker_.loop().add(socket_.fd(), *this);
}

void ClientConnection::close() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  log(false);
  state_ = State::closed;
  timer_.cancel();
  if (fetch_ && !body_ended_) fetch_->fail_body();
  leave_flight();
  worker_.loop().remove(socket_.fd(), *this);
  socket_.close();
  worker_.client_ended(self);
}

void ClientConnection::reset() {
  const ::linger at_once{1, 0};
  ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void ClientConnection::on_timer() {
  if (waits_for_another_) return take_over();
  close();
}

void ClientConnection::on_events(Events events) {
  const auto self = shared_from_this();
  hung_up_ = hung_up_ || events.hung_up;
  if (events.writable && state_ == State::writing && write()) answer_is_whole();
  if (events.readable && state_ != State::closed) read();
}

// --- requests ------------------------------------------------------------------------------------------------------

// What is read next takes the place of the request that is being answered.
void ClientConnection::own_request() {
  if (owned_ || (state_ != State::waiting && state_ != State::writing)) return;
  owned_.emplace(request_);
  request_ = owned_->view();
  conversation_.move_request(request_);
}

bool ClientConnection::make_room() {
  if (in_at_ == in_end_) in_at_ = in_end_ = 0;
  if (in_.size() - in_end_ >= kReadBytes) return true;
  // What is not read yet is half a head, or it is more than was wanted at once.
  if (state_ != State::reading && in_end_ - in_at_ > kReadBytes) return false;
  in_.erase(0, in_at_);
  in_end_ -= in_at_;
  in_at_ = 0;
  head_.restart();
  in_.resize(in_end_ + 2 * kReadBytes);
  return true;
}

void ClientConnection::read() {
  more_to_read_ = false;
  for (int rounds = 0; state_ != State::closed && !input_ended_; ++rounds) {
    if (rounds == kMostReadsAtOnce) {
      // Whoever sends without end must not keep the others waiting.
      more_to_read_ = true;
      return worker_.loop().post([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->more_to_read_) self->read();
      });
    }
    own_request();
    // The next request is read on only when this one is done, and a body as fast as the origin takes it.
    if (!make_room()) {
      more_to_read_ = true;
      return;
    }
    const std::size_t room = in_.size() - in_end_;
    const ssize_t n = ::recv(socket_.fd(), in_.data() + in_end_, room, 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return close();
      return;
    }
    if (n == 0) {
      input_ended_ = true;
      // A client that has sent its request and half-closed still waits for the answer.
      if (state_ == State::reading || state_ == State::lingering || !body_ended_) return close();
      return;
    }
    if (state_ == State::lingering) continue;
    in_end_ += static_cast<std::size_t>(n);
    advance();
    // Edge-triggered: what comes later is told anew; an end that has come with these bytes is not.
    if (static_cast<std::size_t>(n) < room && !hung_up_) return;
  }
}

void ClientConnection::advance() {
  if (!body_ended_ && state_ != State::lingering) pump_request_body();
  while (state_ == State::reading && in_at_ < in_end_) {
    const http1::Parsed parsed = http1::parse_request(unread(), worker_.limits(), head_);
    if (parsed == http1::Parsed::incomplete) {
      // Once: whoever sends a byte now and then does not get more time by it.
      if (!std::exchange(head_begun_, true)) timer_.set(worker_.settings().timeouts.request_head);
      return;
    }
    head_begun_ = false;
    if (parsed == http1::Parsed::bad) {
      keep_alive_ = false;
      body_ended_ = true;
      request_ = {};
      logged_ = false;
      asked_at_ = worker_.loop().now();
      asked_tick_ = worker_.loop().tick();
      sent_bytes_ = 0;
      return refuse(http1::status(head_.refusal), http1::sentence(head_.refusal), {});
    }
    in_at_ += head_.head_bytes;
    take_request();
  }
}

void ClientConnection::linger() {
  if (input_ended_) return close();
  state_ = State::lingering;
  ::shutdown(socket_.fd(), SHUT_WR);
  timer_.set(kLingers);
  in_at_ = in_end_ = 0;
  read();
}

void ClientConnection::take_request() {
  keep_alive_ = head_.keep_alive;
  flights_tried_ = 0;
  logged_ = false;
  asked_at_ = worker_.loop().now();
  asked_tick_ = worker_.loop().tick();
  sent_bytes_ = 0;
  // A client of HTTP/1.0 may name no host; then it means the only one that there is.
  const std::string_view authority = head_.authority.empty() ? worker_.settings().origin_authority : head_.authority;
  request_ = {head_.method, "http", authority, head_.path_and_query, head_.fields()};
  owned_.reset();
  body_.emplace(head_.body, worker_.limits());
  body_ended_ = body_->done();
  if (head_.method == "CONNECT" || head_.method == "TRACE" || head_.method == "PURGE") {
    keep_alive_ = keep_alive_ && body_ended_;
    return refuse(405, "This method is not answered here.", Reason::miss_method);
  }
  if (http::same_word(head_.scheme, "https")) {
    // One key must mean one resource, and nobody has checked a certificate here.
    keep_alive_ = keep_alive_ && body_ended_;
    return refuse(421, "This connection is not encrypted, and does not answer for https.", Reason::miss_method);
  }
  state_ = State::waiting;
  if (!body_ended_) {
    if (head_.expects_continue) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      if (::send(socket_.fd(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL) != kContinue.size()) return close();
    }
    if (http::is_get_or_head(head_.method)) return fetch_alone();
  }
  // "*" is no resource, and has no key.
  if (head_.form == http1::TargetForm::asterisk) return fetch_alone();
  decide(conversation_.start(request_, worker_.loop().now()));
}

void ClientConnection::decide(Step step) {
  switch (step) {
    case Step::serve:
      return answer_stored();
    case Step::fail:
      return refuse(conversation_.status(),
                    conversation_.status() == 400 ? "The request has no usable host or target."
                                                  : "Nothing is stored, and the request asked for nothing else.",
                    conversation_.reason());
    default:
      return load();
  }
}

// --- writing -------------------------------------------------------------------------------------------------------

bool ClientConnection::write() {
  while (next_piece_ < pieces_.size()) {
    msghdr message{};
    message.msg_iov = &pieces_[next_piece_];
    message.msg_iovlen = std::min(pieces_.size() - next_piece_, kMostPiecesAtOnce);
    const ssize_t n = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        timer_.set(worker_.settings().timeouts.client_write);
        return false;
      }
      close();
      return false;
    }
    std::size_t left = static_cast<std::size_t>(n);
    sent_bytes_ += left;
    while (left > 0) {
      iovec& piece = pieces_[next_piece_];
      const std::size_t taken = std::min(left, piece.iov_len);
      piece.iov_base = static_cast<char*>(piece.iov_base) + taken;
      piece.iov_len -= taken;
      left -= taken;
      if (piece.iov_len == 0) ++next_piece_;
    }
  }
  pieces_.clear();
  next_piece_ = 0;
  held_.clear();
  return true;
}

void ClientConnection::log(bool whole) {
  if (std::exchange(logged_, true) || !worker_.access_log().is_on()) return;
  name_client();
  AccessRecord record;
  record.at = asked_at_;
  record.client = address_text_;
  record.method = request_.method;
  record.authority = request_.authority;
  record.target = request_.target;
  record.status = status_;
  record.reason = reason_;
  if (outcome_) {
    record.stored = outcome_->stored_reason;
    record.origin_status = outcome_->forward_status;
  }
  record.bytes = sent_bytes_;
  worker_.loop().read_clocks();
  record.took = std::chrono::duration_cast<std::chrono::microseconds>(worker_.loop().tick() - asked_tick_);
  record.whole = whole;
  worker_.access_log().add(record);
}

// All that was gathered has been sent: more of the stream, or the next request.
void ClientConnection::answer_is_whole() {
  if (streaming_) return pump_stream();
  log(true);
  outcome_.reset();
  owned_.reset();
  if (!keep_alive_ || !body_ended_) return linger();
  if (input_ended_ && in_at_ == in_end_) return close();
  state_ = State::reading;
  timer_.set(worker_.settings().timeouts.client_idle);
  // Within advance() its loop goes on by itself; otherwise, what has been read already comes next.
  if (in_at_ < in_end_ || more_to_read_) {
    worker_.loop().post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->state_ == State::closed) return;
      self->advance();
      if (self->more_to_read_) self->read();
    });
  }
}

}  // namespace freshet::proxy
