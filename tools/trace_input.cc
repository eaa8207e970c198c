#include "trace_input.h"

#include "printable.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>

namespace freshet::tools {
namespace {

constexpr std::size_t kBufferBytes = 512 * 1024;
// The largest dictionary of `xz -9` needs 65 MiB; a file that asks for much more is no trace of ours.
constexpr std::uint64_t kXzMemoryBytes = std::uint64_t{256} << 20;

struct Magic {
  std::string_view bytes;
  std::string_view program;
};
constexpr Magic kUnread[] = {{"\x28\xb5\x2f\xfd", "zstd"}, {"BZh", "bzip2"}, {"PK\x03\x04", "zip"}};

TraceInput::Source file_source(const std::string& name, int fd) {
  return [name, fd](std::span<char> bytes) {
    for (;;) {
      const ssize_t got = ::read(fd, bytes.data(), bytes.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EINTR) continue;
      throw TraceError(name + ": cannot be read: " + std::strerror(errno));
    }
  };
}

// `first` comes before what `rest` gives: the bytes that were looked at to tell what this is.
TraceInput::Source joined(std::string first, TraceInput::Source rest) {
  return [first = std::move(first), rest = std::move(rest), at = std::size_t{0}](std::span<char> bytes) mutable {
    if (at == first.size()) return rest(bytes);
    const std::size_t some = std::min(bytes.size(), first.size() - at);
    std::memcpy(bytes.data(), first.data() + at, some);
    at += some;
    return some;
  };
}

[[noreturn]] void ends_early(const std::string& name) {
  throw TraceError(name + ": the compressed file ends in the middle; fetch or copy it again");
}

class Gunzip {
 public:
  Gunzip(std::string name, TraceInput::Source from) : name_(std::move(name)), from_(std::move(from)), input_(65536) {
    // 16: a gzip header, and nothing else.
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw TraceError(name_ + ": zlib cannot start");
  }
  ~Gunzip() { inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  std::size_t read(std::span<char> bytes) {
    stream_.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_out = static_cast<uInt>(bytes.size());
    while (stream_.avail_out == bytes.size()) {
      if (stream_.avail_in == 0) {
        stream_.avail_in = static_cast<uInt>(from_(input_));
        stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
        if (stream_.avail_in == 0) {
          if (!between_) ends_early(name_);
          return 0;
        }
      }
      // A file may be several, one behind the other.
      if (between_) inflateReset(&stream_);
      between_ = false;
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        between_ = true;
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        throw TraceError(name_ + ": is damaged (gzip: " + (stream_.msg == nullptr ? "unknown" : stream_.msg) +
                         "); fetch or copy it again");
      }
    }
    return bytes.size() - stream_.avail_out;
  }

 private:
  std::string name_;
  TraceInput::Source from_;
  std::vector<char> input_;
  z_stream stream_{};
  bool between_ = false;
};

class Unxz {
 public:
  Unxz(std::string name, TraceInput::Source from) : name_(std::move(name)), from_(std::move(from)), input_(65536) {
    if (lzma_stream_decoder(&stream_, kXzMemoryBytes, LZMA_CONCATENATED) != LZMA_OK) {
      throw TraceError(name_ + ": liblzma cannot start");
    }
  }
  ~Unxz() { lzma_end(&stream_); }
  Unxz(const Unxz&) = delete;
  Unxz& operator=(const Unxz&) = delete;

  std::size_t read(std::span<char> bytes) {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(bytes.data());
    stream_.avail_out = bytes.size();
    while (!done_ && stream_.avail_out == bytes.size()) {
      if (stream_.avail_in == 0 && !input_ended_) {
        stream_.avail_in = from_(input_);
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(input_.data());
        input_ended_ = stream_.avail_in == 0;
      }
      switch (lzma_code(&stream_, input_ended_ ? LZMA_FINISH : LZMA_RUN)) {
        case LZMA_OK:
          break;
        case LZMA_STREAM_END:
          done_ = true;
          break;
        case LZMA_BUF_ERROR:
          ends_early(name_);
        case LZMA_MEMLIMIT_ERROR:
          throw TraceError(name_ + ": unpacking needs more than 256 MiB; give it unpacked: xz -dc FILE | ... -");
        default:
          throw TraceError(name_ + ": is damaged (xz); fetch or copy it again");
      }
    }
    return bytes.size() - stream_.avail_out;
  }

 private:
  std::string name_;
  TraceInput::Source from_;
  std::vector<char> input_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool input_ended_ = false;
  bool done_ = false;
};

template <class Unpack>
TraceInput::Source unpacked(const std::string& name, TraceInput::Source from) {
  return
      [unpack = std::make_shared<Unpack>(name, std::move(from))](std::span<char> bytes) { return unpack->read(bytes); };
}

}  // namespace

TraceInput::TraceInput(const std::string& path)
    : name_(path == "-" ? "standard input" : printable(path)), buffer_(kBufferBytes) {
  fd_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw TraceError(name_ + ": cannot be opened: " + std::strerror(errno) + "; check the path");
  Source raw = file_source(name_, fd_);
  std::string first(6, '\0');
  std::size_t got = 0;
  try {
    for (std::size_t some = 1; got < first.size() && some != 0; got += some) {
      some = raw(std::span(first).subspan(got));
    }
    first.resize(got);
    const std::string_view start = first;
    for (const Magic& magic : kUnread) {
      if (!start.starts_with(magic.bytes)) continue;
      throw TraceError(name_ + ": is compressed by " + std::string(magic.program) +
                       "; plain, gzip and xz are read here: unpack it into a pipe, and read -");
    }
    raw = joined(first, std::move(raw));
    if (start.starts_with("\x1f\x8b")) {
      source_ = unpacked<Gunzip>(name_, std::move(raw));
    } else if (start == std::string_view("\xfd"
                                         "7zXZ\0",
                                         6)) {
      source_ = unpacked<Unxz>(name_, std::move(raw));
    } else {
      source_ = std::move(raw);
    }
  } catch (...) {
    if (fd_ != STDIN_FILENO) ::close(fd_);
    throw;
  }
}

TraceInput::~TraceInput() {
  if (fd_ != STDIN_FILENO) ::close(fd_);
}

// More bytes behind those that are there. False at the end, or when there is no room.
bool TraceInput::refill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) return false;
  const std::size_t got = source_(std::span(buffer_).subspan(end_));
  at_end_ = got == 0;
  end_ += got;
  return got != 0;
}

std::string_view TraceInput::peek() {
  while (refill()) {
  }
  return {buffer_.data() + begin_, end_ - begin_};
}

std::size_t TraceInput::read(std::span<char> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    if (begin_ == end_ && !refill()) break;
    const std::size_t some = std::min(bytes.size() - done, end_ - begin_);
    std::memcpy(bytes.data() + done, buffer_.data() + begin_, some);
    begin_ += some;
    done += some;
  }
  return done;
}

bool TraceInput::read_line(std::string_view& line) {
  long_line_.clear();
  std::size_t searched = 0;
  bool whole = false;
  for (;;) {
    const char* from = buffer_.data() + begin_;
    const void* found = std::memchr(from + searched, '\n', end_ - begin_ - searched);
    if (found != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
      line = {from, length};
      begin_ += length + 1;
      whole = true;
      break;
    }
    searched = end_ - begin_;
    if (refill()) continue;
    if (at_end_) {
      line = {buffer_.data() + begin_, searched};
      begin_ = end_;
      break;
    }
    // Longer than the buffer: its beginning is enough.
    if (long_line_.empty()) long_line_.assign(buffer_.data() + begin_, kMaxLineBytes);
    begin_ = end_;
    searched = 0;
  }
  if (!whole && line.empty() && long_line_.empty()) return false;
  if (!long_line_.empty()) line = long_line_;
  line = line.substr(0, kMaxLineBytes);
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++line_number_;
  return true;
}

}  // namespace freshet::tools
