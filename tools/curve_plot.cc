#include "curve_plot.h"

#include "figures.h"
#include "printable.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

namespace freshet::tools {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 440;
constexpr double kLeft = 80;
constexpr double kRight = 40;
constexpr double kTop = 84;
constexpr double kBottom = 62;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kPlotHeight = kHeight - kTop - kBottom;
// At least this far apart, or labels of sizes would run into each other.
constexpr double kLabelWidth = 58;

// Middle tones: a contrast of at least 3.5 to white and to nearly black alike.
constexpr std::string_view kInk = "#6b7683";
constexpr std::array<std::string_view, 2> kColours = {"#2f81d8", "#c2660c"};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// The sizes on an axis by powers of two.
class SizeAxis {
 public:
  explicit SizeAxis(const std::vector<std::uint64_t>& sizes)
      : low_(std::log2(static_cast<double>(sizes.front()))), high_(std::log2(static_cast<double>(sizes.back()))) {
    // One size alone stands in the middle.
    if (high_ - low_ < 0.5) {
      low_ -= 1;
      high_ += 1;
    }
  }
  double x(std::uint64_t size) const {
    return kLeft + kPlotWidth * (std::log2(static_cast<double>(size)) - low_) / (high_ - low_);
  }

 private:
  double low_;
  double high_;
};

double y_of(double ratio) { return kTop + kPlotHeight * (1 - std::clamp(ratio, 0.0, 1.0)); }

std::string axes(const CurvePlot& plot, const SizeAxis& axis) {
  std::string out = fmt::format("<g stroke=\"{}\" stroke-opacity=\"0.28\">\n", kInk);
  for (int percent = 0; percent <= 100; percent += 20) {
    out += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kLeft,
                       y_of(percent / 100.0), kWidth - kRight, y_of(percent / 100.0));
  }
  out += fmt::format("</g>\n<g stroke=\"{}\">\n", kInk);
  out += fmt::format("<path fill=\"none\" d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\"/>\n", kLeft, kTop, kTop + kPlotHeight,
                     kWidth - kRight);
  for (const std::uint64_t size : plot.sizes_bytes) {
    out += fmt::format("<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\"/>\n", axis.x(size),
                       kTop + kPlotHeight, kTop + kPlotHeight + 5);
  }
  out += fmt::format("</g>\n<g fill=\"{}\" font-size=\"12\">\n", kInk);
  for (int percent = 0; percent <= 100; percent += 20) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{} %</text>\n", kLeft - 8,
                       y_of(percent / 100.0) + 4, percent);
  }
  double labelled_to = -kLabelWidth;
  for (const std::uint64_t size : plot.sizes_bytes) {
    const double x = axis.x(size);
    if (x - labelled_to < kLabelWidth) continue;
    labelled_to = x;
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x, kTop + kPlotHeight + 20,
                       size_text(size));
  }
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">size of the segment</text>\n",
                     kLeft + kPlotWidth / 2, kHeight - 16);
  out += fmt::format("<text transform=\"translate(24 {:.1f}) rotate(-90)\" text-anchor=\"middle\">hit ratio</text>\n",
                     kTop + kPlotHeight / 2);
  return out + "</g>\n";
}

std::string curve(const CurvePlot& plot, const SizeAxis& axis, std::size_t which) {
  const Curve& one = plot.curves[which];
  const std::string_view colour = kColours[which % kColours.size()];
  std::string points;
  std::string dots;
  for (std::size_t i = 0; i < plot.sizes_bytes.size(); ++i) {
    const double x = axis.x(plot.sizes_bytes[i]);
    const double y = y_of(one.ratios[i]);
    points += fmt::format("{}{:.1f},{:.1f}", i == 0 ? "" : " ", x, y);
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"><title>{}: {} {:.1f} %</title></circle>\n", x, y,
                        size_text(plot.sizes_bytes[i]), escaped(one.label), one.ratios[i] * 100);
  }
  // The second one is dashed, for those who cannot tell the colours apart.
  const std::string_view dash = which == 0 ? "" : " stroke-dasharray=\"7 5\"";
  std::string out = fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2.5\"{} points=\"{}\"/>\n",
                                colour, dash, points);
  out += fmt::format("<g fill=\"{}\">\n{}</g>\n", colour, dots);
  const double legend_x = kLeft + 96 * static_cast<double>(which);
  out += fmt::format(
      "<line x1=\"{:.1f}\" y1=\"66\" x2=\"{:.1f}\" y2=\"66\" stroke=\"{}\" stroke-width=\"2.5\"{}/>\n"
      "<text x=\"{:.1f}\" y=\"70\" font-size=\"12\" fill=\"{}\">{}</text>\n",
      legend_x, legend_x + 24, colour, dash, legend_x + 31, kInk, escaped(one.label));
  return out;
}

}  // namespace

std::string svg_text(const CurvePlot& plot) {
  const SizeAxis axis(plot.sizes_bytes);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "role=\"img\" font-family=\"system-ui, 'DejaVu Sans', Arial, sans-serif\">\n<title>{2}</title>\n"
      "<desc>{3}</desc>\n",
      kWidth, kHeight, escaped(plot.title), escaped(plot.subtitle));
  out += fmt::format(
      "<text x=\"{0:.1f}\" y=\"28\" font-size=\"17\" font-weight=\"600\" fill=\"{1}\">{2}</text>\n"
      "<text x=\"{0:.1f}\" y=\"48\" font-size=\"12\" fill=\"{1}\">{3}</text>\n",
      kLeft, kInk, escaped(plot.title), escaped(plot.subtitle));
  out += axes(plot, axis);
  for (std::size_t i = 0; i < plot.curves.size(); ++i) out += curve(plot, axis, i);
  return out + "</svg>\n";
}

}  // namespace freshet::tools
