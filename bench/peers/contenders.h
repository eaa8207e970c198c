// All contenders of one run, made, filled and held together.
#pragma once

#include "peers/peer.h"
#include "peers/temporary_place.h"

#include <functional>
#include <optional>

namespace bench {

class Contenders {
 public:
  struct Wanted {
    std::uint64_t entries = 0;
    std::size_t value_bytes = 0;
    /// Empty: all. Otherwise the limit, and those whose names contain one of these.
    std::vector<std::string> only;
    /// Without the limit that only reads.
    bool all_take_writes = false;
  };
  /// Errors: throws std::runtime_error, also when the machine has not the memory for all of them at once.
  explicit Contenders(Wanted wanted);

  /// Stores every key in each; says what it does. Errors: throws when one does not take them all.
  void fill(const std::function<void(const std::string&)>& progress);

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(peers_.size()); }
  Peer& operator[](std::uint32_t i) const { return *peers_[i]; }
  std::uint32_t limit() const noexcept { return 0; }
  std::optional<std::uint32_t> limit_in_place() const noexcept { return limit_in_place_; }

 private:
  bool wanted(const std::string& name) const;
  template <class Make>
  void consider(const std::string& name, Make&& make);

  Wanted wanted_;
  TemporaryPlace place_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::optional<std::uint32_t> limit_in_place_;
};

}  // namespace bench
