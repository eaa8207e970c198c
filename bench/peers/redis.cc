#include "peers/redis.h"

#include "peers/server.h"

#include <algorithm>
#include <hiredis/hiredis.h>
#include <memory>
#include <stdexcept>

namespace bench {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

constexpr std::uint64_t kPipelined = 500;

class RedisClient final : public DirectClient<RedisClient> {
 public:
  explicit RedisClient(const std::string& socket) : redis_(redisConnectUnix(socket.c_str())) {
    if (redis_ == nullptr || redis_->err != 0) throw std::runtime_error("cannot connect to Redis");
  }
  ~RedisClient() override { redisFree(redis_); }

  bool get(std::string_view key, std::string& value) override {
    const Reply reply(static_cast<redisReply*>(redisCommand(redis_, "GET %b", key.data(), key.size())));
    return take(reply, value);
  }

  bool set(std::string_view key, std::string_view value) override {
    const Reply reply(static_cast<redisReply*>(
        redisCommand(redis_, "SET %b %b", key.data(), key.size(), value.data(), value.size())));
    return reply != nullptr && reply->type == REDIS_REPLY_STATUS;
  }

  std::uint64_t fill(std::uint64_t first, std::uint64_t last, std::size_t value_bytes) override {
    std::string value;
    std::uint64_t stored = 0;
    for (std::uint64_t n = first; n < last;) {
      const std::uint64_t begin = n;
      for (const std::uint64_t end = std::min(last, n + kPipelined); n < end; ++n) {
        write_value(n, value_bytes, value);
        redisAppendCommand(redis_, "SET %b %b", key_of(n).data(), kKeyBytes, value.data(), value.size());
      }
      for (std::uint64_t i = begin; i < n; ++i) {
        const Reply reply = next();
        stored += reply->type == REDIS_REPLY_STATUS ? 1U : 0U;
      }
    }
    return stored;
  }

  std::uint64_t count_held(std::uint64_t first, std::uint64_t last, std::size_t value_bytes,
                           std::uint64_t& wrong) override {
    std::string value;
    std::uint64_t held = 0;
    for (std::uint64_t n = first; n < last;) {
      const std::uint64_t begin = n;
      for (const std::uint64_t end = std::min(last, n + kPipelined); n < end; ++n) {
        redisAppendCommand(redis_, "GET %b", key_of(n).data(), kKeyBytes);
      }
      for (std::uint64_t i = begin; i < n; ++i) {
        if (!take(next(), value)) continue;
        const bool right = is_value(i, value_bytes, value);
        held += right ? 1U : 0U;
        wrong += right ? 0U : 1U;
      }
    }
    return held;
  }

 private:
  static bool take(const Reply& reply, std::string& value) {
    if (reply == nullptr || reply->type != REDIS_REPLY_STRING) return false;
    value.assign(reply->str, static_cast<std::size_t>(reply->len));
    return true;
  }
  Reply next() {
    void* reply = nullptr;
    if (redisGetReply(redis_, &reply) != REDIS_OK) throw std::runtime_error("Redis has gone");
    return Reply(static_cast<redisReply*>(reply));
  }

  redisContext* redis_;
};

class Redis final : public Peer {
 public:
  Redis(const std::string& folder, std::uint64_t memory_bytes)
      : server_({"redis-server", "--port", "0", "--unixsocket", folder + "/redis.sock", "--dir", folder, "--save", "",
                 "--appendonly", "no", "--daemonize", "no", "--maxmemory", std::to_string(memory_bytes),
                 "--maxmemory-policy", "allkeys-lru"},
                folder + "/redis.sock", folder + "/redis.log") {}
  std::string name() const override { return "Redis, Unix socket"; }
  Traits traits() const override { return {.remote = true}; }
  std::unique_ptr<Client> connect() override { return std::make_unique<RedisClient>(server_.socket()); }

 private:
  Server server_;
};

}  // namespace

std::unique_ptr<Peer> make_redis(const std::string& folder, std::uint64_t memory_bytes) {
  return std::make_unique<Redis>(folder, memory_bytes);
}

}  // namespace bench
