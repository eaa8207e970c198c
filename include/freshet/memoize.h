// Functions that remember their results.
//
//     auto price = cache.memoize("price", [db](int id, std::string currency) { return db->price(id, currency); });
//     Money m = price(42, "EUR");  // key: price(42,3:EUR)
//     price.invalidate(42, "EUR");
#pragma once

#include <freshet/cache.h>
#include <freshet/error.h>
#include <freshet/key.h>

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace freshet {
namespace detail {

/// An argument that a load may use after the call has returned: text is owned, the rest is copied.
template <class T>
struct OwnedArgument {
  T value;
  explicit OwnedArgument(const T& from) : value(from) {}
  const T& get() const { return value; }
};
template <>
struct OwnedArgument<std::string_view> {
  std::string value;
  explicit OwnedArgument(std::string_view from) : value(from) {}
  std::string_view get() const { return value; }
};
template <>
struct OwnedArgument<const char*> {
  std::string value;
  explicit OwnedArgument(const char* from) : value(from) {}
  const char* get() const { return value.c_str(); }
};

}  // namespace detail

/// Made by memoize(). Cheap to copy; a copy remembers the same results.
/// Threads: every member from any thread at once, provided that the function may be. The name stands for the function:
/// two functions of one name in one namespace would answer for each other.
/// Errors: ConfigError, when it is made, for an empty name or options that make no sense.
template <class Function>
class Memoized {
 public:
  Memoized(Cache cache, std::string name, Function function, Options options)
      : cache_(std::move(cache)), name_(std::move(name)), function_(std::make_shared<Function>(std::move(function))) {
    if (name_.empty())
      throw ConfigError("memoize: the name is empty; give the function the name that its keys begin with");
    validate(options);
    options.tags.push_back(tag());
    options_ = std::make_shared<const Options>(std::move(options));
  }

  /// The remembered result for these arguments, or a call of the function. Arguments are copied, and text that
  /// they refer to as well, for a load that goes on in the background. Throws what the function throws.
  template <class... Args>
  requires std::invocable < Function&, const std::decay_t<Args>
  &... > auto operator()(const Args&... args) const { return *result(args...); }
  /// The same with its Reason.
  template <class... Args>
  requires std::invocable < Function&, const std::decay_t<Args>
  &... > auto result(const Args&... args) const {
    using Value = std::remove_cvref_t<std::invoke_result_t<Function&, const std::decay_t<Args>&...>>;
    return cache_.template get_or_load<Value>(
        key(args...),
        [function = function_, owned = std::tuple<detail::OwnedArgument<std::decay_t<const Args&>>...>(
                                   detail::OwnedArgument<std::decay_t<const Args&>>(args)...)] {
          return std::apply([&](const auto&... argument) { return std::invoke(*function, argument.get()...); }, owned);
        },
        *options_);
  }
  /// Forgets the result for these arguments.
  template <class... Args>
  Reason invalidate(const Args&... args) const {
    return cache_.erase(key(args...));
  }
  /// Forgets all results, in one step.
  void invalidate_all() const { cache_.invalidate_tag(tag()); }
  /// Calls the function itself; nothing is read or stored.
  template <class... Args>
  decltype(auto) uncached(Args&&... args) const {
    return std::invoke(*function_, std::forward<Args>(args)...);
  }
  template <class... Args>
  std::string key(const Args&... args) const {
    return make_key(name_, args...);
  }

 private:
  // Of this namespace's function only: another namespace may have one of the same name.
  std::string tag() const {
    return "\x01"
           "fn:" +
           cache_.name_space() + ':' + name_;
  }

  Cache cache_;
  std::string name_;
  std::shared_ptr<Function> function_;
  std::shared_ptr<const Options> options_;
};

template <class Function>
Memoized<std::decay_t<Function>> memoize(const Cache& cache, std::string name, Function&& function, Options options) {
  return {cache, std::move(name), std::forward<Function>(function), std::move(options)};
}
template <class Function>
Memoized<std::decay_t<Function>> memoize(const Cache& cache, std::string name, Function&& function) {
  return {cache, std::move(name), std::forward<Function>(function), cache.defaults()};
}

template <class Function>
Memoized<std::decay_t<Function>> Cache::memoize(std::string name, Function&& function) const {
  return freshet::memoize(*this, std::move(name), std::forward<Function>(function));
}
template <class Function>
Memoized<std::decay_t<Function>> Cache::memoize(std::string name, Function&& function, Options options) const {
  return freshet::memoize(*this, std::move(name), std::forward<Function>(function), std::move(options));
}

}  // namespace freshet
