// A contender: something that keeps values under keys, and that a user might pick instead. Behind one interface, so
// that every one is asked for the same keys in the same order and is checked in the same way.
#pragma once

#include "load/keys.h"
#include "measure/crew.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What is measured: lookups of a sequence, some of which are writes instead.
struct Mix {
  const Lookups* lookups = nullptr;
  Stretch stretch;
  /// Of 100 calls, so many store a value; 0 to 100. Which ones follows from the place in the sequence alone.
  std::uint32_t writes_percent = 0;
  std::size_t value_bytes = 0;
};

/// One thread's way to a contender.
/// Threads: the one that connected.
class Client {
 public:
  virtual ~Client() = default;
  /// Copies the value to `value`, whose capacity is reused. False: not there, or an error.
  virtual bool get(std::string_view key, std::string& value) = 0;
  virtual bool set(std::string_view key, std::string_view value) = 0;
  /// Stores the values of keys [first, last), the quickest way the contender has.
  virtual std::uint64_t fill(std::uint64_t first, std::uint64_t last, std::size_t value_bytes);
  /// How many of the keys [first, last) are there with the right bytes; what is there with other bytes counts as wrong.
  virtual std::uint64_t count_held(std::uint64_t first, std::uint64_t last, std::size_t value_bytes,
                                   std::uint64_t& wrong);
  /// The calls of `mix`, without a virtual call for each; fills in calls, found and wrong (failed sets).
  virtual void carry_out(const Mix& mix, Report& report) = 0;
};

/// Makes the compiler believe that somebody reads the copy.
inline void use(std::string& copied) { asm volatile("" : : "r"(copied.data()) : "memory"); }

/// Whether call `i` of a sequence writes: spread evenly, by Fibonacci hashing of the place.
inline bool is_write(std::size_t i, std::uint32_t percent) {
  return static_cast<std::uint32_t>((std::uint64_t{static_cast<std::uint32_t>(i) * 0x9E3779B9U} * 100) >> 32) < percent;
}

/// carry_out() with the calls of `Derived` in line.
template <class Derived>
class DirectClient : public Client {
 public:
  void carry_out(const Mix& mix, Report& report) final {
    Derived& self = static_cast<Derived&>(*this);
    const Lookups& lookups = *mix.lookups;
    std::string value;
    std::string fresh;
    std::uint64_t found = 0;
    std::uint64_t wrong = 0;
    std::size_t at = mix.stretch.from % lookups.size();
    if (mix.writes_percent == 0) {
      for (std::size_t i = 0; i < mix.stretch.count; ++i) {
        found += self.Derived::get(lookups.key(at), value) ? 1U : 0U;
        use(value);
        if (++at == lookups.size()) at = 0;
      }
    } else {
      for (std::size_t i = 0; i < mix.stretch.count; ++i) {
        if (is_write(i, mix.writes_percent)) {
          write_value(lookups.number(at), mix.value_bytes, fresh);
          wrong += self.Derived::set(lookups.key(at), fresh) ? 0U : 1U;
          ++found;
        } else {
          found += self.Derived::get(lookups.key(at), value) ? 1U : 0U;
          use(value);
        }
        if (++at == lookups.size()) at = 0;
      }
    }
    report.calls = mix.stretch.count;
    report.found = found;
    report.wrong += wrong;
  }
};

class Peer {
 public:
  struct Traits {
    /// Other processes reach the same values. What is not shared is measured in processes only when nobody writes:
    /// then each has a copy of its own, made by fork().
    bool shared_by_processes = true;
    bool readable_after_fork = true;
    bool writable_by_threads = true;
    /// Behind a socket: a call takes microseconds, so it gets a shorter part of the sequence.
    bool remote = false;
    bool is_freshet = false;
  };

  virtual ~Peer() = default;
  virtual std::string name() const = 0;
  virtual Traits traits() const = 0;
  /// Called on the thread and in the process that will use it; after fork() too.
  /// Errors: throws std::runtime_error.
  virtual std::unique_ptr<Client> connect() = 0;
};

}  // namespace bench
