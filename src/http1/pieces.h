// For tests: bytes as a connection may deliver them. What is read from them must not depend on it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::http1 {

using Pieces = std::vector<std::string_view>;

/// Calls `visit` with the bytes whole, in every cut into two, and byte by byte.
inline void each_split(std::string_view bytes, const std::function<void(const Pieces&)>& visit) {
  visit({bytes});
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) visit({bytes.substr(0, cut), bytes.substr(cut)});
  Pieces single;
  for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back(bytes.substr(i, 1));
  visit(single);
}

/// "in pieces of 3 and 17 bytes", for the message of a failed test.
inline std::string to_string(const Pieces& pieces) {
  if (pieces.size() > 2) return "byte by byte";
  std::string text = "in pieces of";
  for (const std::string_view piece : pieces) text += " " + std::to_string(piece.size());
  return text + " bytes";
}

}  // namespace freshet::http1
