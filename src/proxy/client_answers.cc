// What a client gets: from the store, from a flight that is or becomes its own, or from ourselves when neither has
// anything.
#include "http/answer.h"
#include "http1/chunked.h"
#include "http1/write.h"
#include "proxy/client_connection.h"
#include "proxy/fetch.h"
#include "proxy/worker.h"

#include <algorithm>

namespace freshet::proxy {
namespace {

using exchange::Step;

constexpr std::size_t kStreamBatchBytes = 256 * 1024;
// After so many flights that gave nothing to this request, it goes by itself.
constexpr int kMostFlights = 4;

}  // namespace

// --- an answer from the store --------------------------------------------------------------------------------------

void ClientConnection::answer_stored() {
  if (conversation_.revalidates()) revalidate();
  answer_made(conversation_.stored(), conversation_.stored_pieces(), conversation_.age(), conversation_.reason());
}

void ClientConnection::answer_made(const http::StoredHead& stored, std::span<const std::string_view> body,
                                   http::Seconds age, Reason reason) {
  const Instant now = worker_.loop().now();
  exchange::AnswerContext context{request_, worker_.settings().rules, now, age, worker_.settings().cache_name, {}};
  context.cache_status.reason = reason;
  context.cache_status.ttl = std::chrono::floor<http::Seconds>(stored.facts().fresh_until() - now);
  context.cache_status.collapsed = conversation_.is_collapsed();
  if (outcome_) {
    context.cache_status.forward_status = outcome_->forward_status;
    context.cache_status.stored = outcome_->stored_reason == Reason::stored;
  }
  exchange::make_answer(answer_, stored, body, context);
  worker_.store().store().count(reason);
  out_.clear();
  status_ = answer_.status;
  reason_ = reason;
  http1::append_status_line(out_, answer_.status);
  out_ += answer_.fields;
  append_connection_fields();
  add_to_write(out_);
  for (const std::string_view piece : answer_.body) add_to_write(piece);
  state_ = State::writing;
  const bool sent = write();
  if (conversation_.is_in_place()) {
    // Memory that is pinned cannot be evicted: a client that reads slowly gets a copy of the rest.
    if (!sent) copy_rest();
    conversation_.let_go();
  }
  if (sent) answer_is_whole();
}

void ClientConnection::copy_rest() {
  std::string rest;
  for (std::size_t i = next_piece_; i < pieces_.size(); ++i) {
    rest.append(static_cast<const char*>(pieces_[i].iov_base), pieces_[i].iov_len);
  }
  out_ = std::move(rest);
  pieces_.clear();
  next_piece_ = 0;
  add_to_write(out_);
}

void ClientConnection::revalidate() {
  const std::string key(conversation_.load_key());
  bool is_new = false;
  const std::shared_ptr<Flight> flight = worker_.flights().join_or_add(key, is_new);
  if (!is_new) return;
  worker_.fetch(request_, {Fetch::Mode::background, key, {}, {}}, flight);
}

void ClientConnection::append_connection_fields() {
  if (!keep_alive_) {
    out_ += "Connection: close\r\n";
  } else if (head_.minor_version == 0) {
    out_ += "Connection: keep-alive\r\n";
  }
  http1::append_head_end(out_);
}

void ClientConnection::refuse(std::uint16_t status, std::string_view why, std::optional<Reason> reason) {
  std::string page = std::to_string(status);
  page.append(" ").append(http1::reason_phrase(status)).append("\n").append(why).append("\n");
  if (!body_ended_) keep_alive_ = false;
  out_.clear();
  status_ = status;
  reason_ = reason;
  http1::append_status_line(out_, status);
  out_ += worker_.date_line();
  http1::append_field(out_, "Content-Type", "text/plain; charset=utf-8");
  http1::append_field(out_, "Content-Length", page.size());
  if (status == 405) http1::append_field(out_, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  append_connection_fields();
  if (request_.method != "HEAD") out_ += page;
  add_to_write(out_);
  state_ = State::writing;
  if (write()) answer_is_whole();
}

// --- an answer from the origin -------------------------------------------------------------------------------------

void ClientConnection::load() {
  worker_.store().store().count(conversation_.reason());
  const std::string key(conversation_.load_key());
  if (!conversation_.is_shareable() || flights_tried_ >= kMostFlights || worker_.is_unshareable(key)) {
    // By itself, but what comes back is stored if it may be: only who must wait for nothing has no lease.
    auto flight = std::make_shared<Flight>();
    const Fetch::Mode mode = conversation_.is_shareable() ? Fetch::Mode::unshared : Fetch::Mode::shared;
    owns_flight_ = true;
    fly(flight);
    // A body of no bytes is said to the origin too: some servers want to be told (RFC 9110 section 8.6).
    const bool has_body = !body_ended_ || !http::is_get_or_head(request_.method);
    fetch_ = worker_.fetch(request_, {mode, {}, has_body ? head_.body : http1::Body{}, address_text_}, flight);
    if (!body_ended_) pump_request_body();
    return;
  }
  ++flights_tried_;
  bool is_new = false;
  const std::shared_ptr<Flight> flight = worker_.flights().join_or_add(key, is_new);
  owns_flight_ = is_new;
  fly(flight);
  if (state_ == State::closed || !flight_) return;
  if (is_new) {
    fetch_ = worker_.fetch(request_, {Fetch::Mode::shared, key, {}, address_text_}, flight);
  } else {
    waits_for_another_ = true;
    timer_.set(worker_.settings().timeouts.collapse);
  }
}

// The origin hangs: whoever has waited longest asks anew, and those who wait too join him.
void ClientConnection::take_over() {
  const auto self = shared_from_this();
  const std::shared_ptr<Flight> flight = flight_;
  leave_flight();
  worker_.flights().remove(conversation_.load_key(), flight);
  decide(conversation_.start(request_, worker_.loop().now()));
}

void ClientConnection::fetch_alone() {
  auto flight = std::make_shared<Flight>();
  const bool has_key = body_ended_ && head_.form != http1::TargetForm::asterisk;
  const Fetch::Mode mode = has_key ? Fetch::Mode::alone : Fetch::Mode::past;
  owns_flight_ = true;
  fly(flight);
  fetch_ = worker_.fetch(request_, {mode, {}, body_ended_ ? http1::Body{} : head_.body, address_text_}, flight);
  if (!body_ended_) pump_request_body();
}

void ClientConnection::fly(std::shared_ptr<Flight> flight) {
  name_client();
  state_ = State::waiting;
  own_request();
  leave_flight();
  timer_.cancel();
  if (!body_ended_) timer_.set(worker_.settings().timeouts.request_body);
  streaming_ = false;
  outcome_.reset();
  flight_end_ = Flight::End::none;
  if (!flight->join(worker_.loop(), weak_from_this(), flight_id_)) return fetch_alone();
  flight_ = std::move(flight);
}

void ClientConnection::leave_flight() {
  waits_for_another_ = false;
  if (flight_) flight_->leave(flight_id_);
  flight_.reset();
  fetch_.reset();
}

void ClientConnection::pump_request_body() {
  if (state_ == State::waiting && in_at_ < in_end_) timer_.set(worker_.settings().timeouts.request_body);
  while (!body_ended_ && in_at_ < in_end_ && state_ != State::closed) {
    if (fetch_ && fetch_->is_congested([weak = weak_from_this()] {
          const auto self = weak.lock();
          if (!self || self->state_ == State::closed) return;
          self->advance();
          if (self->more_to_read_) self->read();
        })) {
      return;
    }
    const http1::Piece piece = body_->feed(unread());
    in_at_ += piece.consumed_bytes;
    // Without a fetch it is over for the origin, and read only to find where the next request begins.
    if (fetch_) fetch_->push_body(piece.content);
    if (body_->progress() == http1::Progress::bad) {
      if (fetch_) fetch_->fail_body();
      leave_flight();
      keep_alive_ = false;
      body_ended_ = true;
      // An early answer is on its way: a second head must not get into it.
      if (streaming_ || state_ != State::waiting) return close();
      return refuse(http1::status(body_->refusal()), http1::sentence(body_->refusal()), {});
    }
    if (body_->done()) {
      body_ended_ = true;
      if (state_ == State::waiting) timer_.cancel();
      if (fetch_) fetch_->end_body();
    }
  }
}

void ClientConnection::on_flight() {
  const auto self = shared_from_this();
  if (!flight_ || state_ == State::closed) return;
  if (streaming_) {
    if (state_ == State::waiting) pump_stream();
    return;
  }
  if (owns_flight_ && head_.minor_version > 0) {
    for (const std::string& interim : flight_->take_interims()) {
      // Small, and before anything else: if the socket does not take it now, the client does without.
      const ssize_t sent = ::send(socket_.fd(), interim.data(), interim.size(), MSG_NOSIGNAL);
      if (sent > 0 && static_cast<std::size_t>(sent) != interim.size()) return close();
    }
  }
  Flight::View view = flight_->read(flight_id_, 0);
  held_ = std::move(view.chunks);
  flight_end_ = view.end;
  outcome_ = std::move(view.outcome);
  if (!outcome_) {
    if (flight_end_ == Flight::End::none) return;
    // It ended without an outcome: a background run that had nothing to do, or a body that failed.
    leave_flight();
    if (!body_ended_) return close();
    return decide(conversation_.start(request_, worker_.loop().now()));
  }
  waits_for_another_ = false;
  if (body_ended_) timer_.cancel();
  if (owns_flight_) {
    take_outcome();
  } else {
    join_outcome();
  }
}

void ClientConnection::take_outcome() {
  switch (outcome_->kind) {
    case Outcome::Kind::stream: {
      // Its conditions were kept from the origin, which was asked about another response or not at all.
      if (outcome_->is_shareable && conversation_.join(outcome_->offer, worker_.loop().now()) == Step::stream &&
          http::evaluate(request_, conversation_.stored(), worker_.loop().now()) == http::Precondition::not_modified) {
        const std::string head(conversation_.stored_head_bytes());
        leave_flight();
        held_.clear();
        return answer_made(conversation_.stored(), {}, conversation_.age(), outcome_->reason);
      }
      return begin_stream();
    }
    case Outcome::Kind::stored: {
      const auto head = http::StoredHead::view(outcome_->stored);
      leave_flight();
      if (!head) return refuse(502, "What is stored for this could not be read.", Reason::miss_bad_head);
      const std::string_view body = std::string_view(outcome_->stored).substr(head->head_bytes());
      return answer_made(*head, {&body, 1}, outcome_->age, outcome_->reason);
    }
    case Outcome::Kind::failed:
      leave_flight();
      return refuse(
          outcome_->status,
          outcome_->status == 502 ? "The origin's answer could not be understood." : "The origin does not answer.",
          outcome_->reason);
  }
}

void ClientConnection::join_outcome() {
  const Instant now = worker_.loop().now();
  switch (outcome_->kind) {
    case Outcome::Kind::stream:
      if (outcome_->is_shareable && conversation_.join(outcome_->offer, now) == Step::stream) {
        if (http::evaluate(request_, conversation_.stored(), now) == http::Precondition::not_modified) {
          leave_flight();
          held_.clear();
          return answer_made(conversation_.stored(), {}, conversation_.age(), Reason::hit_coalesced);
        }
        return begin_stream();
      }
      leave_flight();
      held_.clear();
      if (outcome_->is_particular) return load();
      return fetch_alone();
    case Outcome::Kind::stored: {
      leave_flight();
      // Whoever waited in vain with others does not wait again by himself.
      Step step = outcome_->reason == Reason::stale_on_error ? conversation_.on_no_response(now) : Step::fail;
      if (step != Step::serve) step = conversation_.waited(LoadEnd::stored, now);
      if (step == Step::serve) return answer_stored();
      return fetch_alone();
    }
    case Outcome::Kind::failed: {
      leave_flight();
      const Step step = conversation_.on_no_response(now);
      if (step == Step::serve) return answer_stored();
      return refuse(outcome_->status, "The origin does not answer.", outcome_->reason);
    }
  }
}

// --- a response that streams ---------------------------------------------------------------------------------------

void ClientConnection::begin_stream() {
  streaming_ = true;
  const Outcome& outcome = *outcome_;
  out_.clear();
  status_ = outcome.status;
  reason_ = owns_flight_ ? outcome.reason : Reason::hit_coalesced;
  http1::append_status_line(out_, outcome.status);
  if (owns_flight_) {
    out_ += outcome.fields;
  } else {
    // As it is stored: some fields are for the one who asked alone (no-cache="f", private="f", Set-Cookie).
    http::append_answer_fields(out_, conversation_.stored(), conversation_.age());
  }
  http::CacheStatus status;
  status.reason = *reason_;
  status.forward_status = outcome.forward_status;
  status.stored = outcome.is_shareable;
  status.collapsed = !owns_flight_;
  out_ += "Cache-Status: ";
  http::append_cache_status(out_, worker_.settings().cache_name, status);
  out_ += "\r\n";
  stream_has_body_ = request_.method != "HEAD" && outcome.status != 304 && outcome.status != 204;
  chunked_ = false;
  stream_left_ = outcome.body_bytes;
  if (outcome.body_bytes != http::kUnknownBytes) {
    if (outcome.status != 204) http1::append_field(out_, "Content-Length", outcome.body_bytes);
  } else if (stream_has_body_) {
    if (head_.minor_version > 0) {
      chunked_ = true;
      out_ += "Transfer-Encoding: chunked\r\n";
    } else {
      keep_alive_ = false;
    }
  }
  if (!body_ended_) keep_alive_ = false;
  append_connection_fields();
  add_to_write(out_);
  if (!stream_has_body_) {
    held_.clear();
    leave_flight();
    streaming_ = false;
    state_ = State::writing;
    if (write()) answer_is_whole();
    return;
  }
  pump_stream();
}

// Writes what the flight has, batch by batch, until it or the socket has no more.
void ClientConnection::pump_stream() {
  for (;;) {
    if (flight_ && held_.empty() && flight_end_ == Flight::End::none) {
      Flight::View view = flight_->read(flight_id_, kStreamBatchBytes);
      held_ = std::move(view.chunks);
      flight_end_ = view.end;
    }
    if (flight_end_ == Flight::End::cut_short && held_.empty()) {
      // The client must see that something is missing: no last chunk, or fewer bytes than announced.
      if (!pieces_.empty()) write();
      return chunked_ || stream_left_ != http::kUnknownBytes ? close() : reset();
    }
    if (chunked_) {
      // Chunk heads stand in out_, behind what it holds already: it must not move once it is pointed into.
      std::string framing;
      framing.reserve(out_.size() + held_.size() * 24 + 16);
      framing = pieces_.empty() ? std::string() : std::move(out_);
      pieces_.clear();
      const std::size_t before = framing.size();
      std::vector<std::pair<std::size_t, std::size_t>> heads;
      for (const Chunk& chunk : held_) {
        const std::size_t at = framing.size();
        framing.append(http1::ChunkHead(chunk->size()).view());
        heads.emplace_back(at, framing.size() - at);
      }
      out_ = std::move(framing);
      add_to_write(std::string_view(out_).substr(0, before));
      for (std::size_t i = 0; i < held_.size(); ++i) {
        add_to_write(std::string_view(out_).substr(heads[i].first, heads[i].second));
        add_to_write(*held_[i]);
        add_to_write(http1::kChunkEnd);
      }
      if (flight_end_ == Flight::End::whole) add_to_write(http1::kLastChunk);
    } else {
      for (const Chunk& chunk : held_) {
        const std::size_t bytes = std::min<std::uint64_t>(chunk->size(), stream_left_);
        add_to_write(std::string_view(*chunk).substr(0, bytes));
        if (stream_left_ != http::kUnknownBytes) stream_left_ -= bytes;
      }
    }
    if (pieces_.empty()) {
      if (flight_end_ == Flight::End::none) {
        state_ = State::waiting;
        timer_.cancel();
        return;
      }
    } else {
      state_ = State::writing;
      if (!write()) return;
    }
    if (flight_end_ == Flight::End::whole) {
      leave_flight();
      streaming_ = false;
      return answer_is_whole();
    }
  }
}

}  // namespace freshet::proxy
