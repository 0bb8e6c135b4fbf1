// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "core/audit/report/html_page.h"
#include "core/audit/report/html_text.h"
#include "core/audit/report/palette.h"

namespace medlocker::audit::report {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Every element that is opened is closed in the right order; void elements and the doctype aside.
::testing::AssertionResult wellFormed(const std::string& html) {
  const std::set<std::string> kVoid = {"!DOCTYPE", "meta", "br", "img"};
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    if (end == std::string::npos) return ::testing::AssertionFailure() << "a tag is not closed";
    const bool closing = html[at + 1] == '/';
    const std::size_t begin = at + (closing ? 2 : 1);
    const std::string name = html.substr(begin, html.find_first_of(" >/\n", begin) - begin);
    if (kVoid.count(name) || html[end - 1] == '/') continue;
    if (!closing) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name)
        return ::testing::AssertionFailure()
               << "</" << name << "> closes " << (open.empty() ? "nothing" : open.back());
      open.pop_back();
    }
  }
  if (!open.empty()) return ::testing::AssertionFailure() << open.back() << " is left open";
  return ::testing::AssertionSuccess();
}

TEST(ReportText, EscapesWhatHtmlWouldRead) {
  EXPECT_EQ(escapeHtml("<b a=\"1\">&\x01\n"), "&lt;b a=&quot;1&quot;&gt;&amp;\n");
}

TEST(ReportText, WritesNumbersWithoutSurprises) {
  EXPECT_EQ(percentText(0.12345), "12.3 %");
  EXPECT_EQ(percentText(kNan), "–");
  EXPECT_EQ(numberText(-0.00001), "0.000");
  EXPECT_EQ(pValueText(1e-9), "< 0.001");
  EXPECT_EQ(csvField("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(csvNumber(kNan), "");
}

TEST(ReportTable, HasOneCellPerColumn) {
  const HtmlTable table{"T", {"a", "b"}, {{"1"}, {"2", "<3>"}}};
  const std::string html = tableHtml(table);
  EXPECT_TRUE(wellFormed(html)) << html;
  EXPECT_NE(html.find("<th scope=\"row\">1</th><td></td>"), std::string::npos) << html;
  EXPECT_NE(html.find("&lt;3&gt;"), std::string::npos);
  EXPECT_EQ(tableCsv(table), "a,b\n1,\n2,<3>\n");
}

BarChart bars() {
  BarChart chart;
  chart.title = "Accuracy";
  chart.description = "of two models";
  chart.axis.label = "accuracy";
  chart.categories = {"first", "second"};
  chart.series = {{"clean", {0.9, 0.8}, {{0.8, 1.0}, {0.7, 0.9}}}, {"protected", {0.25, kNan}, {}}};
  return chart;
}

TEST(ReportChart, DrawsOneBarPerFiniteValueAndAWhiskerPerInterval) {
  const std::string html = chartHtml(bars(), "x");
  EXPECT_TRUE(wellFormed(html)) << html;
  std::size_t drawn = 0;
  for (std::size_t at = html.find("<title>"); at != std::string::npos; at = html.find("<title>", at + 1))
    ++drawn;
  EXPECT_EQ(drawn, 3u);
  EXPECT_NE(html.find("whisker"), std::string::npos);
  EXPECT_EQ(html, chartHtml(bars(), "x"));
}

TEST(ReportChart, BarHeightsAreProportionalToValues) {
  BarChart chart = bars();
  chart.axis.maximum = 1;
  chart.series = {{"a", {0.5, 1.0}, {}}};
  const std::string html = chartHtml(chart, "x");
  const auto heightAfter = [&](std::size_t from, std::size_t& found) {
    found = html.find("class=\"bar s0\"", from);
    const std::size_t at = html.find(" height=\"", found) + 9;
    return std::stod(html.substr(at));
  };
  std::size_t first = 0;
  std::size_t second = 0;
  const double half = heightAfter(0, first);
  const double full = heightAfter(first + 1, second);
  EXPECT_NEAR(full, 2 * half, 0.02);  // two decimals are written
}

TEST(ReportChart, EveryChartHasATableOfTheSameValues) {
  EXPECT_EQ(chartTable(bars()).rows[0][1], "90.0 % [80.0 %, 100.0 %]");
  EXPECT_EQ(chartTable(bars()).rows[1][2], "–");
  HeatMap map{"M", "", "source", "target", true, 0, 1, {"r"}, {"a", "b"}, {{0.5, kNan}}};
  EXPECT_EQ(chartTable(map).rows[0], (std::vector<std::string>{"r", "50.0 %", "–"}));
  const std::string html = chartHtml(map, "h");
  EXPECT_TRUE(wellFormed(html)) << html;
  EXPECT_NE(html.find("<details>"), std::string::npos);
  EXPECT_NE(html.find("cell-none"), std::string::npos);
}

TEST(ReportChart, ALineStopsAtAGap) {
  LineChart chart;
  chart.title = "L";
  chart.xLabel = "epsilon";
  chart.series = {{"a", {{0, 0.5, {}}, {1, kNan, {}}, {2, 0.25, {}}, {3, 0.2, {}}}}};
  const std::string html = chartHtml(chart, "l");
  EXPECT_TRUE(wellFormed(html)) << html;
  const std::size_t at = html.find(" d=\"");
  const std::string path = html.substr(at + 4, html.find('"', at + 4) - at - 4);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2) << path;
  EXPECT_EQ(chartTable(chart).rows.size(), 4u);
}

TEST(ReportChart, AnEmptyChartIsStillAChart) {
  EXPECT_TRUE(wellFormed(chartHtml(BarChart{}, "a")));
  EXPECT_TRUE(wellFormed(chartHtml(LineChart{}, "b")));
  EXPECT_TRUE(wellFormed(chartHtml(HeatMap{}, "c")));
}

TEST(ReportPalette, LightnessOfTheRampRisesAndTextStaysReadable) {
  double before = -1;
  for (int i = 0; i <= 20; ++i) {
    const Rgb colour = rampColour(i / 20.0);
    const double luma = 0.2126 * colour.r + 0.7152 * colour.g + 0.0722 * colour.b;
    EXPECT_GT(luma, before);
    before = luma;
  }
  EXPECT_FALSE(prefersDarkText(rampColour(0)));
  EXPECT_TRUE(prefersDarkText(rampColour(1)));
}

TEST(ReportPalette, MarkersDiffer) {
  std::set<std::string> shapes;
  for (std::size_t i = 0; i < kSeriesColours; ++i) {
    std::string shape = marker(i, 0, 0);
    shape.erase(shape.find("mark s"), 7);
    shapes.insert(shape);
  }
  EXPECT_EQ(shapes.size(), kSeriesColours);
}

TEST(ReportPage, IsWellFormedAndLoadsNothing) {
  HtmlPage page("A <title>", "Lead.");
  for (const char* name : {"One", "Two", "Three"}) {
    page.section(name);
    page.paragraph("text & more");
    page.notice("careful");
    page.list({"a", "b"});
    page.chart(bars());
  }
  data::Image image(40, 30, 3);
  page.pictureLegend();
  page.pictures("row",
                {{thumbnailUri(image, 16), 40, 30, "original", {{{1, 2, 9, 9}, PictureBox::Kind::Logo}}},
                 {"", 0, 0, "missing", {}}});
  const std::string html = page.finish();
  EXPECT_TRUE(wellFormed(html));
  EXPECT_EQ(html.find("http://"), std::string::npos);
  EXPECT_EQ(html.find("https://"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_NE(html.find("@media print"), std::string::npos);
  // Identifiers are unique.
  std::set<std::string> ids;
  for (std::size_t at = html.find(" id=\""); at != std::string::npos; at = html.find(" id=\"", at + 1)) {
    const std::string id = html.substr(at + 5, html.find('"', at + 5) - at - 5);
    EXPECT_TRUE(ids.insert(id).second) << id;
  }
}

TEST(ReportPicture, ThumbnailKeepsTheAspectRatioWithinItsSide) {
  const std::string uri = thumbnailUri(data::Image(400, 100, 1, 16), 64);
  EXPECT_EQ(uri.rfind("data:image/png;base64,", 0), 0u);
  // PNG header: width and height big endian at bytes 16 and 20.
  const Bytes png = fromBase64(uri.substr(22));
  EXPECT_EQ(png[19], 64);
  EXPECT_EQ(png[23], 16);
}

}  // namespace
}  // namespace medlocker::audit::report
