// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/report/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/audit/report/html_text.h"

namespace medlocker::audit::report {
namespace {

constexpr std::array<const char*, kSeriesColours> kLight = {"#0072b2", "#d55e00", "#009e73", "#b0568a",
                                                            "#8a6d00", "#56709b", "#333333"};
constexpr std::array<const char*, kSeriesColours> kDark = {"#56b4e9", "#ff9a4d", "#3fd3a5", "#e6a6cb",
                                                           "#f0e442", "#a9bfe0", "#dddddd"};

/// Angles of the hatching; a series without lines first.
constexpr std::array<int, kSeriesColours> kHatchAngle = {-1, 45, 135, 0, 90, 22, 112};

std::string at(double value) {
  return numberText(value, 2);
}

std::string polygon(const std::string& css, std::initializer_list<std::pair<double, double>> points) {
  std::string out = "<polygon class=\"mark " + css + "\" points=\"";
  for (const auto& [x, y] : points) out += at(x) + "," + at(y) + " ";
  out.back() = '"';
  return out + "/>";
}

}  // namespace

std::string seriesClass(std::size_t series) {
  return "s" + std::to_string(series % kSeriesColours);
}

std::string chartStyles() {
  std::string light;
  std::string dark;
  std::string rules;
  for (std::size_t i = 0; i < kSeriesColours; ++i) {
    const std::string n = std::to_string(i);
    light += "--s" + n + ":" + kLight[i] + ";";
    dark += "--s" + n + ":" + kDark[i] + ";";
    rules += ".s" + n + "{--c:var(--s" + n + ")}\n";
  }
  return ":root{" + light + "}\n@media (prefers-color-scheme:dark){:root{" + dark +
         "}}\n@media print{:root{" + light + "}}\n" + rules +
         "svg.chart{display:block;width:100%;height:auto;max-width:52rem}\n"
         "svg.chart text{fill:currentColor;font:12px system-ui,sans-serif}\n"
         "svg.chart .axis{stroke:currentColor;stroke-width:1;fill:none}\n"
         "svg.chart .grid{stroke:currentColor;stroke-opacity:.16;stroke-width:1}\n"
         "svg.chart .mark{fill:var(--c);stroke:var(--c)}\n"
         "svg.chart .line{fill:none;stroke:var(--c);stroke-width:2}\n"
         "svg.chart .area{fill:var(--c);fill-opacity:.14;stroke:none}\n"
         "svg.chart .bar{stroke:var(--c);stroke-width:1}\n"
         "svg.chart .hatch-ground{fill:var(--c)}\n"
         "svg.chart .hatch-line{stroke:var(--page);stroke-width:2;stroke-opacity:.75}\n"
         "svg.chart .whisker{stroke:currentColor;stroke-width:1.2}\n"
         "svg.chart .cell-dark{fill:#000}\nsvg.chart .cell-light{fill:#fff}\n"
         "svg.chart .cell-none{fill:currentColor;fill-opacity:.08}\n";
}

std::string marker(std::size_t series, double x, double y, double r) {
  const std::string css = seriesClass(series);
  switch (series % kSeriesColours) {
    case 0:
      return "<circle class=\"mark " + css + "\" cx=\"" + at(x) + "\" cy=\"" + at(y) + "\" r=\"" + at(r) +
             "\"/>";
    case 1:
      return polygon(css, {{x - r, y - r}, {x + r, y - r}, {x + r, y + r}, {x - r, y + r}});
    case 2:
      return polygon(css, {{x, y - 1.2 * r}, {x + 1.1 * r, y + r}, {x - 1.1 * r, y + r}});
    case 3:
      return polygon(css, {{x, y - 1.4 * r}, {x + 1.4 * r, y}, {x, y + 1.4 * r}, {x - 1.4 * r, y}});
    case 4:
      return polygon(css, {{x - r, y - 0.4 * r},
                           {x - 0.4 * r, y - 0.4 * r},
                           {x - 0.4 * r, y - 1.3 * r},
                           {x + 0.4 * r, y - 1.3 * r},
                           {x + 0.4 * r, y - 0.4 * r},
                           {x + 1.3 * r, y - 0.4 * r},
                           {x + 1.3 * r, y + 0.4 * r},
                           {x + 0.4 * r, y + 0.4 * r},
                           {x + 0.4 * r, y + 1.3 * r},
                           {x - 0.4 * r, y + 1.3 * r},
                           {x - 0.4 * r, y + 0.4 * r},
                           {x - r, y + 0.4 * r}});
    case 5:
      return polygon(css, {{x, y - 1.2 * r},
                           {x + 1.15 * r, y - 0.35 * r},
                           {x + 0.7 * r, y + r},
                           {x - 0.7 * r, y + r},
                           {x - 1.15 * r, y - 0.35 * r}});
    default:
      return polygon(css, {{x, y + 1.2 * r}, {x + 1.1 * r, y - r}, {x - 1.1 * r, y - r}});
  }
}

std::string hatchDefinitions(const std::string& idPrefix, std::size_t count) {
  std::string out = "<defs>";
  for (std::size_t i = 0; i < std::min(count, kSeriesColours); ++i) {
    out += "<pattern id=\"" + idPrefix + std::to_string(i) +
           "\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\"";
    if (kHatchAngle[i] >= 0) out += " patternTransform=\"rotate(" + std::to_string(kHatchAngle[i]) + ")\"";
    out += "><g class=\"" + seriesClass(i) + "\"><rect class=\"hatch-ground\" width=\"7\" height=\"7\"/>";
    if (kHatchAngle[i] >= 0) out += "<line class=\"hatch-line\" x1=\"0\" y1=\"0\" x2=\"7\" y2=\"0\"/>";
    out += "</g></pattern>";
  }
  return out + "</defs>\n";
}

std::string hatchFill(const std::string& idPrefix, std::size_t series) {
  return "url(#" + idPrefix + std::to_string(series % kSeriesColours) + ")";
}

Rgb rampColour(double share) {
  // Anchors of rising lightness from dark blue over grey-green to pale yellow.
  constexpr std::array<std::array<double, 3>, 5> kAnchors = {
      {{16, 42, 92}, {62, 82, 116}, {118, 121, 118}, {180, 166, 104}, {252, 226, 92}}};
  const double place = std::clamp(share, 0.0, 1.0) * (kAnchors.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(place), kAnchors.size() - 2);
  const double t = place - static_cast<double>(low);
  const auto mix = [&](std::size_t c) {
    return static_cast<int>(std::lround(kAnchors[low][c] * (1 - t) + kAnchors[low + 1][c] * t));
  };
  return {mix(0), mix(1), mix(2)};
}

bool prefersDarkText(const Rgb& colour) {
  const auto linear = [](int value) {
    const double v = value / 255.0;
    return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  const double luminance = 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b);
  // Contrast with black (L + 0.05)/0.05 against contrast with white 1.05/(L + 0.05).
  return (luminance + 0.05) * (luminance + 0.05) > 1.05 * 0.05;
}

}  // namespace medlocker::audit::report
