#include "peers/flat_map.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>
#include <array>
#include <cstring>
#include <string>

namespace bench {
namespace {

using Table = absl::flat_hash_map<std::string, std::string>;
using Key = std::array<char, kKeyBytes>;
using TableInPlace = absl::flat_hash_map<Key, std::string_view>;

// Debian's abseil has a string_view of its own.
absl::string_view view_of(std::string_view text) { return {text.data(), text.size()}; }

void copy(std::string_view from, std::string& to) {
  if (to.size() != from.size()) to.resize(from.size());
  std::memcpy(to.data(), from.data(), from.size());
}

class FlatMapClient final : public DirectClient<FlatMapClient> {
 public:
  explicit FlatMapClient(Table& table) : table_(table) {}
  bool get(std::string_view key, std::string& value) override {
    const auto at = table_.find(view_of(key));
    if (at == table_.end()) return false;
    copy(at->second, value);
    return true;
  }
  bool set(std::string_view key, std::string_view value) override {
    if (const auto at = table_.find(view_of(key)); at != table_.end()) {
      at->second = value;
    } else {
      table_.emplace(key, value);
    }
    return true;
  }

 private:
  Table& table_;
};

class InPlaceClient final : public DirectClient<InPlaceClient> {
 public:
  explicit InPlaceClient(const TableInPlace& table) : table_(table) {}
  bool get(std::string_view key, std::string& value) override {
    Key bytes;
    std::memcpy(bytes.data(), key.data(), bytes.size());
    const auto at = table_.find(bytes);
    if (at == table_.end()) return false;
    copy(at->second, value);
    return true;
  }
  bool set(std::string_view, std::string_view) override { return false; }

 private:
  const TableInPlace& table_;
};

Peer::Traits traits_of_a_map() {
  return {.shared_by_processes = false, .readable_after_fork = true, .writable_by_threads = false};
}

class FlatMap final : public Peer {
 public:
  std::string name() const override { return "limit: flat_hash_map"; }
  Traits traits() const override { return traits_of_a_map(); }
  std::unique_ptr<Client> connect() override { return std::make_unique<FlatMapClient>(table_); }
  const Table& table() const { return table_; }

 private:
  Table table_;
};

class FlatMapInPlace final : public Peer {
 public:
  explicit FlatMapInPlace(const Table& source) {
    table_.reserve(source.size());
    for (const auto& [key, value] : source) {
      Key bytes;
      std::memcpy(bytes.data(), key.data(), bytes.size());
      table_.emplace(bytes, value);
    }
  }
  std::string name() const override { return "limit, keys in place"; }
  Traits traits() const override { return traits_of_a_map(); }
  std::unique_ptr<Client> connect() override { return std::make_unique<InPlaceClient>(table_); }

 private:
  TableInPlace table_;
};

}  // namespace

std::unique_ptr<Peer> make_flat_map() { return std::make_unique<FlatMap>(); }

std::unique_ptr<Peer> make_flat_map_with_keys_in_place(Peer& as_users_do) {
  return std::make_unique<FlatMapInPlace>(dynamic_cast<FlatMap&>(as_users_do).table());
}

}  // namespace bench
