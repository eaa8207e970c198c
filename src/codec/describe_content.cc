#include "codec/envelope.h"

#include <freshet/describe_content.h>
#include <freshet/shape.h>

#include <cstdio>

namespace freshet {

std::string describe_content(std::uint32_t content) {
  using namespace codec;
  if (content >> kVersionShift != kContentVersion || (content & kReservedBit) != 0) {
    char word[64];
    std::snprintf(word, sizeof(word), "unknown to this version of Freshet (word %08x)", content);
    return word;
  }
  std::string text;
  switch (encoding_of(content)) {
    case Encoding::raw:
      text = "raw bytes";
      break;
    case Encoding::messagepack:
      text = "MessagePack";
      break;
    case Encoding::nothing:
      text = "a cached nothing";
      break;
    case Encoding::error:
      text = "the message of a failed load";
      break;
  }
  if (is_compressed(content)) text += ", zstd";
  if (shape_of(content) != kAnyShape) {
    char shape[24];
    std::snprintf(shape, sizeof(shape), ", shape %06x", shape_of(content));
    text += shape;
  }
  return text;
}

}  // namespace freshet
