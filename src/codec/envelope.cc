#include "codec/envelope.h"

#include <freshet/shape.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <zstd.h>

namespace freshet::codec {
namespace {

// Levels up to 19 look back at most 8 MiB; so a frame that asks its reader for a larger window is not ours.
constexpr int kMaxLevel = 19;
constexpr int kMaxWindowLog = 23;
// No value is larger than this, whatever a frame declares.
constexpr std::uint64_t kMaxDeclared = std::uint64_t{16} << 30;
// The densest block of a frame: 128 KiB of one byte, told in 4 bytes.
constexpr std::uint64_t kMaxBlock = 128 << 10;
constexpr std::uint64_t kMinBlock = 4;
// Up to here the declared size is allocated at once; beyond, as the frame delivers.
constexpr std::uint64_t kTrustedSize = 1 << 20;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};
using Compressor = std::unique_ptr<ZSTD_CCtx, FreeContext>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, FreeContext>;

// One per thread: creating one costs more than a small value takes. Null when there is no memory for it.
ZSTD_CCtx* thread_compressor() noexcept {
  thread_local Compressor context;
  if (!context) context.reset(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* thread_decompressor() noexcept {
  thread_local Decompressor context;
  if (!context) context.reset(ZSTD_createDCtx());
  return context.get();
}

bool decompress_at_once(const std::string& frame, std::size_t size, std::string& out) {
  ZSTD_DCtx* const context = thread_decompressor();
  if (context == nullptr) return false;
  out.resize(size);
  const std::size_t got = ZSTD_decompressDCtx(context, out.data(), out.size(), frame.data(), frame.size());
  return !ZSTD_isError(got) && got == size;
}

// The buffer doubles as the frame fills it. The context is not the thread's, which would keep the frame's window.
bool decompress_growing(const std::string& frame, std::size_t size, std::string& out) {
  const Decompressor context(ZSTD_createDCtx());
  if (!context || ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog))) return false;
  ZSTD_inBuffer input{frame.data(), frame.size(), 0};
  std::size_t filled = 0;
  std::size_t left = 1;  // 0 when the frame is complete
  while (left != 0) {
    if (filled == out.size()) {
      if (filled == size) return false;  // more than was declared
      out.resize(std::min(size, std::max<std::size_t>(kTrustedSize, 2 * filled)));
    }
    ZSTD_outBuffer output{out.data(), out.size(), filled};
    const std::size_t consumed_before = input.pos;
    left = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(left)) return false;
    if (left != 0 && output.pos == filled && input.pos == consumed_before) return false;  // cut short
    filled = output.pos;
  }
  return filled == size && input.pos == input.size;
}

bool decompress(std::string& bytes) {
  const unsigned long long declared = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == ZSTD_CONTENTSIZE_ERROR) return false;
  if (declared == 0 || declared > kMaxDeclared || declared / kMaxBlock > bytes.size() / kMinBlock) return false;
  // One frame and nothing behind it.
  if (ZSTD_findFrameCompressedSize(bytes.data(), bytes.size()) != bytes.size()) return false;
  std::string out;
  const bool whole =
      declared <= kTrustedSize ? decompress_at_once(bytes, declared, out) : decompress_growing(bytes, declared, out);
  if (whole) bytes.swap(out);
  return whole;
}

}  // namespace

void compress_if_worthwhile(std::string& bytes, std::uint32_t& content, std::size_t threshold, int level) noexcept {
  if (threshold == 0 || bytes.size() < threshold || is_compressed(content)) return;
  ZSTD_CCtx* const context = thread_compressor();
  if (context == nullptr) return;
  try {
    // Room for nine tenths: a frame that does not fit is not worth having.
    std::string frame(bytes.size() - bytes.size() / 10 - (bytes.size() % 10 != 0 ? 1 : 0), '\0');
    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, std::clamp(level, 1, kMaxLevel));
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const std::size_t size = ZSTD_compress2(context, frame.data(), frame.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size)) return;
    frame.resize(size);
    bytes.swap(frame);
    content |= kZstdBit;
  } catch (const std::bad_alloc&) {
    // Stored as it is.
  }
}

std::optional<Reason> open_envelope(std::uint32_t content, std::uint32_t expected_shape, std::string& bytes) noexcept {
  if (content >> kVersionShift != kContentVersion || (content & kReservedBit) != 0) return Reason::miss_undecodable;
  const std::uint32_t shape = shape_of(content);
  if (expected_shape != kAnyShape) {
    if (shape != kAnyShape && shape != expected_shape) return Reason::miss_other_shape;
    if (encoding_of(content) == Encoding::raw) return Reason::miss_other_shape;
  }
  if (!is_compressed(content)) return std::nullopt;
  try {
    if (!decompress(bytes)) return Reason::miss_undecodable;
  } catch (const std::exception&) {  // no memory
    return Reason::miss_undecodable;
  }
  return std::nullopt;
}

}  // namespace freshet::codec
