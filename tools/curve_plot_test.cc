#include "curve_plot.h"

#include "well_formed.h"

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

CurvePlot plot() {
  return {"Hit ratio over memory: access.log",
          "9 accesses",
          {kMiB, 2 * kMiB, 4 * kMiB},
          {{"hits", {0.0, 0.5, 1.0}}, {"hits by bytes", {0.1, 0.2, 0.3}}}};
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t sum = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++sum;
  return sum;
}

TEST(WellFormed, TheCheckOfTheseTestsTellsGoodFromBad) {
  EXPECT_EQ(xml_fault("<a b=\"1\"><c/>x &amp; y</a>\n"), "");
  for (const char* bad :
       {"", "x", "<a>", "<a></b>", "<a/><b/>", "<a b=1/>", "<a b=\"1/>", "<a>&x</a>", "<a b=\"<\"/>"}) {
    EXPECT_NE(xml_fault(bad), "") << bad;
  }
}

TEST(CurvePlot, ItIsWellFormedWithTitleTicksLabelsAndEveryPoint) {
  const std::string svg = svg_text(plot());
  EXPECT_EQ(xml_fault(svg), "");
  EXPECT_EQ(count(svg, "<polyline"), 2U);
  EXPECT_EQ(count(svg, "<circle"), 6U);
  for (const std::string_view part :
       {">Hit ratio over memory: access.log<", ">9 accesses<", ">0 %<", ">100 %<", ">1 MiB<", ">2 MiB<", ">4 MiB<",
        ">hits<", ">hits by bytes<", ">hit ratio<", ">size of the segment<", "2 MiB: hits 50.0 %"}) {
    EXPECT_NE(svg.find(part), std::string::npos) << part;
  }
}

TEST(CurvePlot, PointsStandWhereTheirSizesAndRatiosSay) {
  // Equal steps to the right for equal factors, from the foot of the plot to its top.
  EXPECT_NE(svg_text(plot()).find("points=\"80.0,378.0 400.0,231.0 720.0,84.0\""), std::string::npos)
      << svg_text(plot());
}

TEST(CurvePlot, NamesThatAreMarkupOrControlCharactersDoNoHarm) {
  CurvePlot hostile = plot();
  hostile.title = "</text><script>&\"'\x1b\xff";
  hostile.curves[0].label = "a<b";
  const std::string svg = svg_text(hostile);
  EXPECT_EQ(xml_fault(svg), "");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_NE(svg.find("&lt;script&gt;"), std::string::npos);
}

TEST(CurvePlot, OneSizeAndManySizesCanBeDrawnWithoutLabelsThatOverlap) {
  CurvePlot one = {"t", "s", {kMiB}, {{"hits", {0.5}}}};
  EXPECT_EQ(xml_fault(svg_text(one)), "");
  EXPECT_NE(svg_text(one).find("points=\"400.0,231.0\""), std::string::npos) << "in the middle";
  CurvePlot many = {"t", "s", {}, {{"hits", {}}}};
  for (std::uint64_t size = 40; size <= 103; ++size) {
    many.sizes_bytes.push_back(size * kMiB);
    many.curves[0].ratios.push_back(0.5);
  }
  const std::string svg = svg_text(many);
  EXPECT_EQ(xml_fault(svg), "");
  EXPECT_EQ(count(svg, "<circle"), 64U);
  const std::size_t labels = count(svg, " MiB</text>");
  EXPECT_GE(labels, 2U);
  EXPECT_LE(labels, 12U) << "each needs 58 of 640 units";
}

}  // namespace
}  // namespace freshet::tools
