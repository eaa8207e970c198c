// The two ways in which the segment store hands out a value to be read: in place, or, when pins are short, as a copy.
#pragma once

#include "segment/segment.h"

#include <freshet/store.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace freshet {

/// A value in place. Its block's life is pinned, so the bytes stay although the entry may be evicted or overwritten.
class ValueInPlace final : public PinnedValue {
 public:
  ValueInPlace(segment::Segment& segment, segment::Pin pin) : segment_(segment), pin_(pin) {}
  ~ValueInPlace() override { segment_.processes.unpin(pin_); }
  ValueInPlace(const ValueInPlace&) = delete;
  ValueInPlace& operator=(const ValueInPlace&) = delete;

  const Meta& meta() const noexcept override { return meta_; }
  std::span<const std::span<const std::byte>> pieces() const noexcept override { return pieces_; }

  /// Notes where the value's bytes lie. False when they were recycled meanwhile.
  bool collect(segment::Cursor& cursor, std::uint64_t bytes) {
    pieces_.clear();
    while (bytes > 0) {
      const auto piece = cursor.take_piece(bytes);
      if (piece.empty()) return false;
      pieces_.push_back(piece);
      bytes -= piece.size();
    }
    return cursor.valid();
  }
  void set(const Meta& meta) { meta_ = meta; }

 private:
  segment::Segment& segment_;
  segment::Pin pin_;
  Meta meta_;
  std::vector<std::span<const std::byte>> pieces_;
};

/// A copy, for when all pins of the process are in use.
class CopiedValue final : public PinnedValue {
 public:
  CopiedValue(std::string bytes, const Meta& meta)
      : bytes_(std::move(bytes)), piece_(std::as_bytes(std::span(bytes_))), meta_(meta) {}
  const Meta& meta() const noexcept override { return meta_; }
  std::span<const std::span<const std::byte>> pieces() const noexcept override { return {&piece_, 1}; }

 private:
  std::string bytes_;
  std::span<const std::byte> piece_;
  Meta meta_;
};

}  // namespace freshet
