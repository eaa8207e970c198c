// Feeds arbitrary bytes to everything in the codec room that reads what a stranger may have written: the decoder, for
// several types, and the envelope. What decodes must survive being written and read again.
#include "codec/envelope.h"

#include <freshet/codec.h>

#include <cstdlib>

namespace {

using namespace freshet;
using namespace freshet::codec;

struct Node {
  int value = 0;
  std::vector<std::unique_ptr<Node>> children;
};

struct Page {
  std::string url;
  std::map<std::string, std::vector<std::string>> headers;
  std::vector<std::byte> body;
  std::optional<std::chrono::seconds> age;
  std::variant<std::monostate, int, std::string> tag;
  std::array<float, 2> size{};
  std::set<std::int16_t> codes;
  char kind[4] = {};
};

template <class T>
void read(std::span<const std::byte> input) {
  T value{};
  if (!decode(input, value)) return;
  std::string once, twice;
  T again{};
  if (!encode(value, once) || !decode(std::as_bytes(std::span(once)), again)) std::abort();
  if (!encode(again, twice) || once != twice) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  read<Node>(input);
  read<Page>(input);
  read<std::vector<double>>(input);
  read<std::vector<std::vector<bool>>>(input);
  read<std::tuple<std::int8_t, std::uint64_t, bool>>(input);
  read<std::optional<std::optional<std::string>>>(input);
  read<std::map<int, std::multimap<int, Bytes>>>(input);

  Decoder decoder(input);
  while (decoder.skip()) {
  }

  if (size >= 4) {
    // The first bytes choose the content word; the version is set right, or nothing else would be reached.
    const std::uint32_t drawn = std::uint32_t{data[0]} << 24 | std::uint32_t{data[1]} << 16 |
                                std::uint32_t{data[2]} << 8 | std::uint32_t{data[3]};
    std::string bytes(reinterpret_cast<const char*>(data) + 4, size - 4);
    (void)open_envelope((drawn & 0x0fffffff) | kContentVersion << kVersionShift, drawn & 0xff, bytes);
  }
  return 0;
}
