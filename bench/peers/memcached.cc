#include "peers/memcached.h"

#include "peers/server.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <libmemcached/memcached.h>
#include <memory>
#include <stdexcept>
#include <unistd.h>

namespace bench {
namespace {

struct FreeHandle {
  void operator()(memcached_st* handle) const { memcached_free(handle); }
};
using Handle = std::unique_ptr<memcached_st, FreeHandle>;

Handle open_handle(const std::string& socket) {
  Handle handle(memcached_create(nullptr));
  if (handle == nullptr || memcached_failed(memcached_server_add_unix_socket(handle.get(), socket.c_str()))) {
    throw std::runtime_error("cannot set up libmemcached");
  }
  return handle;
}

class MemcachedClient final : public DirectClient<MemcachedClient> {
 public:
  explicit MemcachedClient(std::string socket) : socket_(std::move(socket)), handle_(open_handle(socket_)) {
    if (memcached_failed(memcached_version(handle_.get()))) throw std::runtime_error("cannot connect to memcached");
  }

  bool get(std::string_view key, std::string& value) override {
    std::size_t bytes = 0;
    std::uint32_t flags = 0;
    memcached_return_t code = MEMCACHED_FAILURE;
    char* found = memcached_get(handle_.get(), key.data(), key.size(), &bytes, &flags, &code);
    if (found == nullptr) return false;
    value.assign(found, bytes);
    std::free(found);
    return true;
  }

  bool set(std::string_view key, std::string_view value) override {
    return memcached_success(memcached_set(handle_.get(), key.data(), key.size(), value.data(), value.size(), 0, 0));
  }

  std::uint64_t fill(std::uint64_t first, std::uint64_t last, std::size_t value_bytes) override {
    const Handle bulk = open_handle(socket_);
    memcached_behavior_set(bulk.get(), MEMCACHED_BEHAVIOR_NOREPLY, 1);
    memcached_behavior_set(bulk.get(), MEMCACHED_BEHAVIOR_BUFFER_REQUESTS, 1);
    std::string value;
    std::uint64_t sent = 0;
    for (std::uint64_t n = first; n < last; ++n) {
      write_value(n, value_bytes, value);
      const std::string key = key_of(n);
      const auto code = memcached_set(bulk.get(), key.data(), key.size(), value.data(), value.size(), 0, 0);
      sent += memcached_success(code) || code == MEMCACHED_BUFFERED ? 1U : 0U;
    }
    memcached_flush_buffers(bulk.get());
    memcached_quit(bulk.get());  // returns when the server has read all of it
    return sent;
  }

  std::uint64_t count_held(std::uint64_t first, std::uint64_t last, std::size_t value_bytes,
                           std::uint64_t& wrong) override {
    constexpr std::uint64_t kAtOnce = 100;
    std::uint64_t held = 0;
    for (std::uint64_t n = first; n < last;) {
      std::vector<std::string> keys;
      std::vector<const char*> starts;
      for (const std::uint64_t end = std::min(last, n + kAtOnce); n < end; ++n) keys.push_back(key_of(n));
      for (const std::string& key : keys) starts.push_back(key.data());
      const std::vector<std::size_t> sizes(keys.size(), kKeyBytes);
      if (memcached_failed(memcached_mget(handle_.get(), starts.data(), sizes.data(), keys.size()))) {
        throw std::runtime_error("memcached has gone");
      }
      memcached_return_t code = MEMCACHED_SUCCESS;
      while (memcached_result_st* result = memcached_fetch_result(handle_.get(), nullptr, &code)) {
        const std::string_view key(memcached_result_key_value(result), memcached_result_key_length(result));
        std::uint64_t number = 0;
        std::from_chars(key.data() + 4, key.data() + key.size(), number);
        const bool right =
            is_value(number, value_bytes, {memcached_result_value(result), memcached_result_length(result)});
        held += right ? 1U : 0U;
        wrong += right ? 0U : 1U;
        memcached_result_free(result);
      }
    }
    return held;
  }

 private:
  std::string socket_;
  Handle handle_;
};

std::vector<std::string> command(const std::string& folder, std::uint64_t memory_mib) {
  std::vector<std::string> words = {"memcached", "-s", folder + "/memcached.sock", "-m", std::to_string(memory_mib)};
  if (geteuid() == 0) {
    // It refuses to run as root without being told as whom; root's own folder is closed to anybody else.
    words.insert(words.end(), {"-u", "root"});
  }
  return words;
}

class Memcached final : public Peer {
 public:
  Memcached(const std::string& folder, std::uint64_t memory_mib)
      : server_(command(folder, memory_mib), folder + "/memcached.sock", folder + "/memcached.log") {}
  std::string name() const override { return "memcached, Unix socket"; }
  Traits traits() const override { return {.remote = true}; }
  std::unique_ptr<Client> connect() override { return std::make_unique<MemcachedClient>(server_.socket()); }

 private:
  Server server_;
};

}  // namespace

std::unique_ptr<Peer> make_memcached(const std::string& folder, std::uint64_t memory_mib) {
  return std::make_unique<Memcached>(folder, memory_mib);
}

}  // namespace bench
