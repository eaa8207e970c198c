#include "peers/freshet_caches.h"

#include <mutex>
#include <span>
#include <unistd.h>

namespace bench {
namespace {

class StoreClient final : public DirectClient<StoreClient> {
 public:
  StoreClient(std::shared_ptr<freshet::Store> store, std::vector<std::string> tags, freshet::Duration ttl)
      : store_(std::move(store)), tags_(std::move(tags)), now_(freshet::system_clock()->now()), ttl_(ttl) {}

  bool get(std::string_view key, std::string& value) override { return store_->get(key, now_, value).found; }

  bool set(std::string_view key, std::string_view value) override {
    freshet::PutRequest put;
    put.key = key;
    put.value = std::as_bytes(std::span(value));
    put.meta.stored_at = now_;
    put.meta.fresh_until = put.meta.keep_until = freshet::add(now_, ttl_);
    put.tags = tags_;
    return store_->put(put) == freshet::Reason::stored;
  }

 private:
  std::shared_ptr<freshet::Store> store_;
  std::vector<std::string> tags_;
  freshet::Instant now_;
  freshet::Duration ttl_;
};

freshet::Options options_of(std::vector<std::string> tags, freshet::Duration ttl) {
  freshet::Options options;
  options.ttl = ttl;
  options.tags = std::move(tags);
  return options;
}

class BytesClient final : public DirectClient<BytesClient> {
 public:
  BytesClient(freshet::Cache cache, std::vector<std::string> tags, freshet::Duration ttl)
      : cache_(std::move(cache)), options_(options_of(std::move(tags), ttl)) {}

  bool get(std::string_view key, std::string& value) override {
    auto result = cache_.get<freshet::Bytes>(key);
    if (!result) return false;
    value = std::move(result->data);
    return true;
  }
  bool set(std::string_view key, std::string_view value) override {
    return cache_.set(key, freshet::Bytes{std::string(value)}, options_) == freshet::Reason::stored;
  }

 private:
  freshet::Cache cache_;
  freshet::Options options_;
};

class StringClient final : public DirectClient<StringClient> {
 public:
  StringClient(freshet::Cache cache, std::vector<std::string> tags, freshet::Duration ttl)
      : cache_(std::move(cache)), options_(options_of(std::move(tags), ttl)) {}

  bool get(std::string_view key, std::string& value) override {
    auto result = cache_.get<std::string>(key);
    if (!result) return false;
    value = *std::move(result);
    return true;
  }
  bool set(std::string_view key, std::string_view value) override {
    return cache_.set(key, value, options_) == freshet::Reason::stored;
  }

 private:
  freshet::Cache cache_;
  freshet::Options options_;
};

class Freshet final : public Peer {
 public:
  Freshet(std::string url, Reading reading, std::vector<std::string> tags, freshet::Duration ttl)
      : url_(std::move(url)),
        reading_(reading),
        tags_(std::move(tags)),
        ttl_(ttl),
        cache_(freshet::open(url_)),
        owner_(getpid()) {}

  std::string name() const override {
    const std::string how = reading_ == Reading::store   ? "Store::get"
                            : reading_ == Reading::bytes ? "get<Bytes>"
                                                         : "get<string>";
    return "freshet " + how + ", " + url_.substr(0, url_.find(':') + 1);
  }
  Traits traits() const override { return {.is_freshet = true}; }

  std::unique_ptr<Client> connect() override {
    const freshet::Cache cache = here();
    if (reading_ == Reading::store) return std::make_unique<StoreClient>(cache.store(), tags_, ttl_);
    if (reading_ == Reading::bytes) return std::make_unique<BytesClient>(cache, tags_, ttl_);
    return std::make_unique<StringClient>(cache, tags_, ttl_);
  }

 private:
  // A worker of an application opens the shared segment itself.
  freshet::Cache here() {
    const std::lock_guard lock(mutex_);
    if (owner_ != getpid() && url_.starts_with("shared:")) {
      cache_ = freshet::open(url_);
      owner_ = getpid();
    }
    return cache_;
  }

  std::string url_;
  Reading reading_;
  std::vector<std::string> tags_;
  freshet::Duration ttl_;
  std::mutex mutex_;
  freshet::Cache cache_;
  int owner_;
};

}  // namespace

std::unique_ptr<Peer> make_freshet(std::string url, Reading reading, std::vector<std::string> tags,
                                   freshet::Duration ttl) {
  return std::make_unique<Freshet>(std::move(url), reading, std::move(tags), ttl);
}

std::string ample_size(std::size_t entries, std::size_t value_bytes) {
  const std::size_t bytes = entries * (value_bytes + 160) / 4 * 5;
  return std::to_string(bytes / (1 << 20) + 64) + "MiB";
}

}  // namespace bench
