// The shape of a type: a text that says how its values are laid out, and a 24-bit digest of that text.
//
// The digest is kept beside every stored value. A program whose struct has gained, lost, reordered or retyped a field
// finds another digest there and takes the value for a miss, instead of reading one field as another. Names count for
// nothing, and the text is the same with every compiler: `struct { int id; std::string name; }` is "{i32,str}".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

template <class T>
struct Codec;

/// The digest that goes with every type: raw bytes.
inline constexpr std::uint32_t kAnyShape = 0;

namespace detail {
// Its address stands for T while a shape is drawn. Not const, so that no linker folds two of them into one.
template <class T>
inline char type_mark = 0;
}  // namespace detail

/// Collects the shape of one type.
class Shape {
 public:
  /// Appends `text`. A Codec of your own says here what it writes and in which version: "money/2".
  void word(std::string_view text) { text_ += text; }

  /// Appends the shape of T, or, where T stands within itself, "^n": the n-th of the types that are open, from within.
  template <class T>
  void value() {
    const void* mark = &detail::type_mark<T>;
    for (std::size_t i = open_.size(); i > 0; --i) {
      if (open_[i - 1] == mark) return word("^" + std::to_string(open_.size() - i));
    }
    open_.push_back(mark);
    Codec<T>::shape(*this);
    open_.pop_back();
  }

  /// Appends `first`, the shapes of T, separated by commas, and `last`.
  template <class... T>
  void list(std::string_view first, std::string_view last) {
    word(first);
    bool separate = false;
    ((separate ? word(",") : void(), separate = true, value<T>()), ...);
    word(last);
  }

  const std::string& text() const noexcept { return text_; }

  /// 24 bits; never kAnyShape.
  std::uint32_t digest() const noexcept;

 private:
  std::string text_;
  std::vector<const void*> open_;
};

}  // namespace freshet
