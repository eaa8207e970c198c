#include "peers/lmdb.h"

#include <algorithm>
#include <filesystem>
#include <lmdb.h>
#include <mutex>
#include <stdexcept>
#include <unistd.h>

namespace bench {
namespace {

void check(int code, const char* what) {
  if (code != 0) throw std::runtime_error(std::string("LMDB: ") + what + ": " + mdb_strerror(code));
}

MDB_val value_of(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

struct Environment {
  Environment(const std::string& folder, std::size_t map_bytes) {
    check(mdb_env_create(&env), "mdb_env_create");
    check(mdb_env_set_mapsize(env, map_bytes), "mdb_env_set_mapsize");
    check(mdb_env_open(env, folder.c_str(), MDB_NOSYNC | MDB_NORDAHEAD, 0600), "mdb_env_open");
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env, nullptr, 0, &txn), "mdb_txn_begin");
    check(mdb_dbi_open(txn, nullptr, 0, &dbi), "mdb_dbi_open");
    check(mdb_txn_commit(txn), "mdb_txn_commit");
  }
  MDB_env* env = nullptr;
  MDB_dbi dbi = 0;
};

class LmdbClient final : public DirectClient<LmdbClient> {
 public:
  explicit LmdbClient(Environment& environment) : env_(environment.env), dbi_(environment.dbi) {
    check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &read_), "mdb_txn_begin");
    mdb_txn_reset(read_);
  }
  ~LmdbClient() override { mdb_txn_abort(read_); }

  bool get(std::string_view key, std::string& value) override {
    if (mdb_txn_renew(read_) != 0) return false;
    MDB_val k = value_of(key);
    MDB_val v{};
    const bool found = mdb_get(read_, dbi_, &k, &v) == 0;
    if (found) value.assign(static_cast<const char*>(v.mv_data), v.mv_size);
    mdb_txn_reset(read_);
    return found;
  }

  bool set(std::string_view key, std::string_view value) override {
    MDB_txn* txn = nullptr;
    if (mdb_txn_begin(env_, nullptr, 0, &txn) != 0) return false;
    if (!put(txn, key, value)) {
      mdb_txn_abort(txn);
      return false;
    }
    return mdb_txn_commit(txn) == 0;
  }

  std::uint64_t fill(std::uint64_t first, std::uint64_t last, std::size_t value_bytes) override {
    constexpr std::uint64_t kBatch = 10'000;
    std::string value;
    std::uint64_t stored = 0;
    for (std::uint64_t n = first; n < last;) {
      MDB_txn* txn = nullptr;
      check(mdb_txn_begin(env_, nullptr, 0, &txn), "mdb_txn_begin");
      for (const std::uint64_t end = std::min(last, n + kBatch); n < end; ++n) {
        write_value(n, value_bytes, value);
        stored += put(txn, key_of(n), value) ? 1U : 0U;
      }
      check(mdb_txn_commit(txn), "mdb_txn_commit");
    }
    return stored;
  }

 private:
  bool put(MDB_txn* txn, std::string_view key, std::string_view value) const {
    MDB_val k = value_of(key);
    MDB_val v = value_of(value);
    return mdb_put(txn, dbi_, &k, &v, 0) == 0;
  }

  MDB_env* env_;
  MDB_dbi dbi_;
  MDB_txn* read_ = nullptr;
};

class Lmdb final : public Peer {
 public:
  Lmdb(std::string folder, std::size_t map_bytes) : folder_(std::move(folder)), map_bytes_(map_bytes) {
    std::filesystem::create_directories(folder_);
  }
  // The environment of this process is not closed: threads of a crew may still have their transactions.
  std::string name() const override { return "LMDB"; }
  Traits traits() const override { return {}; }

  // An environment must not be used across fork(): each process opens one, once.
  std::unique_ptr<Client> connect() override {
    const std::lock_guard lock(mutex_);
    if (environment_ == nullptr || owner_ != getpid()) {
      environment_ = new Environment(folder_, map_bytes_);
      owner_ = getpid();
    }
    return std::make_unique<LmdbClient>(*environment_);
  }

 private:
  std::string folder_;
  std::size_t map_bytes_;
  std::mutex mutex_;
  Environment* environment_ = nullptr;
  int owner_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_lmdb(const std::string& folder, std::size_t map_bytes) {
  return std::make_unique<Lmdb>(folder, map_bytes);
}

}  // namespace bench
