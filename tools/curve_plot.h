// A hit-ratio curve over memory sizes as a picture: SVG, complete in itself, with colours that can be read on a light
// and on a dark page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace freshet::tools {

struct Curve {
  std::string label;
  std::vector<double> ratios;  ///< 0 to 1, one for each size of the plot
};

struct CurvePlot {
  std::string title;
  std::string subtitle;
  std::vector<std::uint64_t> sizes_bytes;  ///< ascending; at least one
  std::vector<Curve> curves;               ///< two at most
};

/// Texts may hold any bytes.
std::string svg_text(const CurvePlot& plot);

}  // namespace freshet::tools
