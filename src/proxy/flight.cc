#include "proxy/flight.h"

#include <algorithm>

namespace freshet::proxy {

void Flight::tell_all() {
  for (auto& [id, reader] : readers_) {
    if (std::exchange(reader.told, true)) continue;
    reader.loop->post([listener = reader.listener] {
      if (const auto one = listener.lock()) one->on_flight();
    });
  }
}

void Flight::set_outcome(std::shared_ptr<const Outcome> outcome) {
  const std::scoped_lock lock(mutex_);
  if (!outcome->is_shareable) keeps_ = false;
  outcome_ = std::move(outcome);
  tell_all();
  tell_if_deserted();
}

void Flight::add_interim(std::string head) {
  const std::scoped_lock lock(mutex_);
  interims_.push_back(std::move(head));
  tell_all();
}

void Flight::add(std::string bytes) {
  if (bytes.empty()) return;
  const std::scoped_lock lock(mutex_);
  bytes_ += bytes.size();
  held_bytes_ += bytes.size();
  chunks_.push_back(std::make_shared<const std::string>(std::move(bytes)));
  tell_all();
}

void Flight::finish(End end) {
  const std::scoped_lock lock(mutex_);
  end_ = end;
  tell_all();
}

void Flight::stop_keeping() {
  const std::scoped_lock lock(mutex_);
  keeps_ = false;
  let_go();
  tell_if_deserted();
}

void Flight::tell_if_deserted() {
  if (readers_.empty() && !keeps_ && end_ == End::none && deserted_) {
    deserted_loop_->post(std::exchange(deserted_, nullptr));
  }
}

void Flight::let_go() {
  if (keeps_) return;
  std::size_t read = gone_ + chunks_.size();
  for (const auto& [id, reader] : readers_) read = std::min(read, reader.next_chunk);
  while (gone_ < read && !chunks_.empty()) {
    held_bytes_ -= chunks_.front()->size();
    chunks_.pop_front();
    ++gone_;
  }
  if (resume_ && held_bytes_ < resume_window_) {
    resume_loop_->post(std::exchange(resume_, nullptr));
  }
}

bool Flight::has_room(std::size_t window, EventLoop& loop, std::function<void()> resume) {
  const std::scoped_lock lock(mutex_);
  if (keeps_) return true;
  let_go();
  if (held_bytes_ < window) return true;
  resume_ = std::move(resume);
  resume_loop_ = &loop;
  resume_window_ = window;
  return false;
}

void Flight::when_deserted(EventLoop& loop, std::function<void()> call) {
  const std::scoped_lock lock(mutex_);
  deserted_ = std::move(call);
  deserted_loop_ = &loop;
}

std::string Flight::body() const {
  const std::scoped_lock lock(mutex_);
  std::string all;
  all.reserve(held_bytes_);
  for (const Chunk& chunk : chunks_) all += *chunk;
  return all;
}

std::uint64_t Flight::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

bool Flight::join(EventLoop& loop, std::weak_ptr<FlightListener> listener, std::uint64_t& id) {
  const std::scoped_lock lock(mutex_);
  if (gone_ > 0) return false;
  id = next_id_++;
  Reader& reader = readers_[id];
  reader.loop = &loop;
  reader.listener = std::move(listener);
  // What has come already is news to it.
  if (outcome_ || end_ != End::none) tell_all();
  return true;
}

void Flight::leave(std::uint64_t id) {
  const std::scoped_lock lock(mutex_);
  readers_.erase(id);
  let_go();
  tell_if_deserted();
}

Flight::View Flight::read(std::uint64_t id, std::size_t most) {
  const std::scoped_lock lock(mutex_);
  View view;
  const auto at = readers_.find(id);
  if (at == readers_.end()) return view;
  Reader& reader = at->second;
  reader.told = false;
  view.outcome = outcome_;
  std::size_t taken = 0;
  while (reader.next_chunk < gone_ + chunks_.size() && (view.chunks.empty() || taken < most)) {
    const Chunk& chunk = chunks_[reader.next_chunk - gone_];
    taken += chunk->size();
    view.chunks.push_back(chunk);
    ++reader.next_chunk;
  }
  if (reader.next_chunk == gone_ + chunks_.size()) view.end = end_;
  let_go();
  return view;
}

std::vector<std::string> Flight::take_interims() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(interims_, {});
}

std::shared_ptr<Flight> FlightTable::join_or_add(std::string_view key, bool& is_new) {
  Shard& one = shard(key);
  const std::scoped_lock lock(one.mutex);
  auto [at, added] = one.flights.try_emplace(std::string(key));
  if (added) at->second = std::make_shared<Flight>();
  is_new = added;
  return at->second;
}

void FlightTable::remove(std::string_view key, const std::shared_ptr<Flight>& flight) {
  Shard& one = shard(key);
  const std::scoped_lock lock(one.mutex);
  const auto at = one.flights.find(std::string(key));
  if (at != one.flights.end() && at->second == flight) one.flights.erase(at);
}

std::size_t FlightTable::size() const {
  std::size_t size = 0;
  for (const Shard& one : shards_) {
    const std::scoped_lock lock(one.mutex);
    size += one.flights.size();
  }
  return size;
}

}  // namespace freshet::proxy
