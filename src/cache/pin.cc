// Cache::pin: a fresh value in place, by the same rules as a get of raw bytes.
#include "cache/core.h"
#include "codec/envelope.h"

#include <freshet/shape.h>

#include <string>

namespace freshet::cache {
namespace {

// What had to be decompressed lies in the handle itself.
class OpenedValue final : public PinnedValue {
 public:
  OpenedValue(std::string bytes, const Meta& meta)
      : bytes_(std::move(bytes)), piece_(std::as_bytes(std::span(bytes_))), meta_(meta) {}
  const Meta& meta() const noexcept override { return meta_; }
  std::span<const std::span<const std::byte>> pieces() const noexcept override { return {&piece_, 1}; }

 private:
  std::string bytes_;
  std::span<const std::byte> piece_;
  Meta meta_;
};

std::string joined(const PinnedValue& value) {
  std::string bytes;
  for (const std::span<const std::byte> piece : value.pieces()) {
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  return bytes;
}

// Replaces `value` by what a reader of bytes sees of it. Returns why there is nothing to see.
Reason open_value(std::unique_ptr<PinnedValue>& value, Instant now) {
  const Meta& meta = value->meta();
  const codec::Encoding encoding = codec::encoding_of(meta.content);
  if (now >= meta.fresh_until) return Reason::miss_expired;
  // A compressed value is opened whole; of any other only the content word is looked at.
  const bool compressed = codec::is_compressed(meta.content);
  std::string bytes = compressed ? joined(*value) : std::string();
  if (const auto why_not = codec::open_envelope(meta.content, kAnyShape, bytes)) return *why_not;
  if (encoding == codec::Encoding::error) return Reason::miss_failed_lately;
  if (encoding == codec::Encoding::nothing) return Reason::miss_other_shape;
  if (compressed) value = std::make_unique<OpenedValue>(std::move(bytes), Meta(meta));
  return Reason::hit;
}

}  // namespace

Pinned Core::pin(std::string_view key) {
  const Instant now = clock_->now();
  Reason reason = Reason::miss_bad_key;
  std::unique_ptr<PinnedValue> value;
  if (!is_bad_key(key)) {
    Fetch fetch;
    value = store_->pin(key, now, fetch);
    reason = value ? open_value(value, now) : fetch.reason;
  }
  note(reason, key, {});
  if (reason != Reason::hit) return Pinned(reason);
  return {store_, std::move(value), reason, now};
}

}  // namespace freshet::cache
