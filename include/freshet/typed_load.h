// Typed values on the untyped engine: how a T becomes bytes, and loaders as detail::Load. Not part of the API.
#pragma once

#include <freshet/codec.h>
#include <freshet/engine.h>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace freshet::detail {

/// How a T is written. std::optional<U> is written as U, so that either may read what the other wrote; its nullopt is
/// an entry without bytes.
template <class T>
struct Typed {
  using Written = T;
  static constexpr bool kOptional = false;
};
template <class U>
struct Typed<std::optional<U>> {
  using Written = U;
  static constexpr bool kOptional = true;
};

template <class T>
std::uint32_t shape_of() {
  static const std::uint32_t shape = shape_digest<typename Typed<T>::Written>();
  return shape;
}

template <class T>
constexpr Form form_of() {
  return std::is_same_v<typename Typed<T>::Written, Bytes> ? Form::raw : Form::messagepack;
}

/// Returns why the bytes are not a T, or nothing and `out` set.
template <class T>
std::optional<Reason> read_value(const Sight& sight, std::span<const std::byte> bytes, std::optional<T>& out) {
  if (sight.nothing) {
    if constexpr (Typed<T>::kOptional) {
      out.emplace(std::nullopt);
      return std::nullopt;
    } else {
      return Reason::miss_other_shape;
    }
  }
  bool good = false;
  if constexpr (Typed<T>::kOptional) {
    good = decode<typename Typed<T>::Written>(bytes, out.emplace(std::in_place).value());
  } else {
    good = decode<T>(bytes, out.emplace());
  }
  if (good) return std::nullopt;
  out.reset();
  return Reason::miss_undecodable;
}

template <class T>
Produced write_value(const T& value, std::string& out) {
  if constexpr (Typed<T>::kOptional) {
    if (!value) return Produced::nothing;
    return encode<typename Typed<T>::Written>(*value, out) ? Produced::value : Produced::unencodable;
  } else {
    return encode<T>(value, out) ? Produced::value : Produced::unencodable;
  }
}

inline std::span<const std::byte> as_bytes(const std::string& bytes) {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

/// One key's place in a load.
template <class T>
struct Slot {
  std::optional<T> found;
  std::optional<T> produced;
};

template <class T>
class SlotLoad : public Load {
 public:
  std::uint32_t shape() const final { return shape_of<T>(); }
  Form form() const final { return form_of<T>(); }
  std::optional<Reason> accept(std::size_t index, const Sight& sight, std::span<const std::byte> bytes) final {
    slots_[index].found.reset();
    return read_value<T>(sight, bytes, slots_[index].found);
  }
  void forget(std::size_t index) final { slots_[index].found.reset(); }
  Produced encode(std::size_t index, std::string& out) const final {
    const std::optional<T>& produced = slots_[index].produced;
    return produced ? write_value<T>(*produced, out) : Produced::absent;
  }
  void adopt(std::size_t index, Load& detached) final {
    slots_[index].produced = std::move(static_cast<SlotLoad&>(detached).slots_[index].produced);
  }
  /// What the call returns for this key.
  std::optional<T> take(std::size_t index, Verdict::Source source) {
    if (source == Verdict::Source::none) return std::nullopt;
    return std::move(source == Verdict::Source::found ? slots_[index].found : slots_[index].produced);
  }

 protected:
  std::span<Slot<T>> slots_;
};

/// A value that is there already, for set().
template <class T>
class GivenValue final : public Load {
 public:
  explicit GivenValue(const T& value) : value_(&value) {}
  std::uint32_t shape() const override { return shape_of<T>(); }
  Form form() const override { return form_of<T>(); }
  Produced encode(std::size_t, std::string& out) const override { return write_value<T>(*value_, out); }
  std::optional<Reason> accept(std::size_t, const Sight&, std::span<const std::byte>) override { return std::nullopt; }
  void run(std::span<const std::size_t>, std::span<LoadNotes>) override {}
  std::shared_ptr<Load> detach() override { return nullptr; }
  void forget(std::size_t) override {}
  Detach detachable() const noexcept override { return Detach::never; }
  void adopt(std::size_t, Load&) override {}

 private:
  const T* value_;
};

/// A copy where there can be one, so that the call itself may still run the original.
template <class Holder>
constexpr Load::Detach detach_of() {
  using Loader = std::remove_reference_t<Holder>;
  constexpr bool kDetached = !std::is_reference_v<Holder>;
  if constexpr (!kDetached && std::is_constructible_v<std::decay_t<Holder>, Loader&>)
    return Load::Detach::by_copy;
  else if constexpr (!kDetached && std::is_constructible_v<std::decay_t<Holder>, Holder>)
    return Load::Detach::by_move;
  else
    return Load::Detach::never;
}
template <class Holder>
std::decay_t<Holder> owned_loader(std::remove_reference_t<Holder>& loader) {
  if constexpr (detach_of<Holder>() == Load::Detach::by_copy) {
    return std::decay_t<Holder>(loader);
  } else {
    return std::decay_t<Holder>(static_cast<Holder>(loader));
  }
}

/// Holder is `F&` or `F&&` while the call lasts, and `F` once it is detached.
template <class T, class Holder>
class SingleLoad final : public SlotLoad<T> {
  using Loader = std::remove_reference_t<Holder>;
  using Owned = std::decay_t<Holder>;
  static constexpr bool kContext = std::is_invocable_v<Loader&, LoadContext<T>&>;
  static constexpr Load::Detach kDetach = detach_of<Holder>();

 public:
  SingleLoad(std::string_view key, Holder loader) : key_(key), loader_(static_cast<Holder&&>(loader)) {
    this->slots_ = std::span(&slot_, 1);
  }

  void run(std::span<const std::size_t>, std::span<LoadNotes> notes) override {
    if constexpr (kContext) {
      LoadContext<T> context(key_, slot_.found ? &*slot_.found : nullptr, notes[0]);
      slot_.produced.emplace(std::invoke(loader_, context));
    } else {
      slot_.produced.emplace(std::invoke(loader_));
    }
  }
  Load::Detach detachable() const noexcept override { return kDetach; }
  std::shared_ptr<Load> detach() override {
    if constexpr (kDetach != Load::Detach::never) {
      auto owned = std::make_shared<SingleLoad<T, Owned>>(std::string_view(), owned_loader<Holder>(loader_));
      owned->own(key_);
      if constexpr (kContext && std::is_copy_constructible_v<T>) owned->show(slot_.found);
      return owned;
    } else {
      return nullptr;
    }
  }
  void own(std::string_view key) {
    own_key_ = key;
    key_ = own_key_;
  }
  void show(const std::optional<T>& stale) { slot_.found = stale; }

 private:
  Slot<T> slot_;
  std::string_view key_;
  std::string own_key_;
  Holder loader_;
};

template <class M>
concept MapLike = requires(const M& map, const std::string& key) {
  typename M::mapped_type;
  map.find(key) == map.end();
};

template <class T, class Holder>
class ManyLoad final : public SlotLoad<T> {
  using Loader = std::remove_reference_t<Holder>;
  using Owned = std::decay_t<Holder>;
  static constexpr Load::Detach kDetach = detach_of<Holder>();

 public:
  ManyLoad(std::vector<std::string> keys, Holder loader)
      : keys_(std::move(keys)), places_(keys_.size()), loader_(static_cast<Holder&&>(loader)) {
    this->slots_ = places_;
  }

  void run(std::span<const std::size_t> wanted, std::span<LoadNotes>) override {
    std::vector<std::string> missing;
    missing.reserve(wanted.size());
    for (const std::size_t index : wanted) missing.push_back(keys_[index]);
    auto loaded = std::invoke(loader_, std::as_const(missing));
    using Loaded = decltype(loaded);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      std::optional<T>& produced = places_[wanted[i]].produced;
      produced.reset();
      if constexpr (MapLike<Loaded>) {
        // Not moved out: the same key may be wanted twice.
        if (const auto at = loaded.find(missing[i]); at != loaded.end()) produced.emplace(at->second);
      } else {
        if (i < loaded.size() && loaded[i]) produced.emplace(std::move(*loaded[i]));
      }
    }
  }
  Load::Detach detachable() const noexcept override { return kDetach; }
  std::shared_ptr<Load> detach() override {
    if constexpr (kDetach != Load::Detach::never) {
      return std::make_shared<ManyLoad<T, Owned>>(keys_, owned_loader<Holder>(loader_));
    } else {
      return nullptr;
    }
  }

 private:
  std::vector<std::string> keys_;
  std::vector<Slot<T>> places_;
  Holder loader_;
};

/// "T was not given: take it from the loader."
struct FromLoader {};

template <class F>
struct ContextArgument;
template <class R, class C, class X>
struct ContextArgument<R (C::*)(LoadContext<X>&) const> {
  using type = X;
};
template <class R, class C, class X>
struct ContextArgument<R (C::*)(LoadContext<X>&)> {
  using type = X;
};

template <class T, class Loader>
struct LoadedType {
  using type = T;
};
template <class Loader>
requires std::invocable<Loader&>
struct LoadedType<FromLoader, Loader> {
  using type = std::remove_cvref_t<std::invoke_result_t<Loader&>>;
};
template <class Loader>
requires(!std::invocable<Loader&>) struct LoadedType<FromLoader, Loader> {
  using type = typename ContextArgument<decltype(&Loader::operator())>::type;
};

template <class T, class Loader>
struct LoadedManyType {
  using type = T;
};
template <class M>
struct ElementType {
  using type = typename M::value_type::value_type;
};
template <MapLike M>
struct ElementType<M> {
  using type = typename M::mapped_type;
};
template <class Loader>
struct LoadedManyType<FromLoader, Loader> {
  using type =
      typename ElementType<std::remove_cvref_t<std::invoke_result_t<Loader&, const std::vector<std::string>&>>>::type;
};

}  // namespace freshet::detail
