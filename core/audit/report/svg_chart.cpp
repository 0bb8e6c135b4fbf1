// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/report/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/audit/report/html_text.h"
#include "core/audit/report/palette.h"

namespace medlocker::audit::report {
namespace {

constexpr double kLeft = 64;
constexpr double kRight = 16;
constexpr double kTop = 12;
constexpr double kPlotHeight = 240;

std::string at(double value) {
  return numberText(value, 2);
}

std::string valueText(double value, bool percent) {
  return percent ? percentText(value) : numberText(value);
}

std::string textAt(double x, double y, const std::string& text, const char* anchor,
                   const std::string& more = {}) {
  return "<text x=\"" + at(x) + "\" y=\"" + at(y) + "\" text-anchor=\"" + anchor + "\"" + more + ">" +
         escapeHtml(text) + "</text>";
}

std::string lineAt(const char* css, double x1, double y1, double x2, double y2) {
  return std::string("<line class=\"") + css + "\" x1=\"" + at(x1) + "\" y1=\"" + at(y1) + "\" x2=\"" +
         at(x2) + "\" y2=\"" + at(y2) + "\"/>";
}

/// Characters, not bytes.
std::size_t lengthOf(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string shortened(const std::string& text, std::size_t most) {
  if (lengthOf(text) <= most) return text;
  std::size_t bytes = 0;
  for (std::size_t shown = 0; bytes < text.size(); ++bytes) {
    if ((static_cast<unsigned char>(text[bytes]) & 0xC0U) != 0x80U && ++shown == most) break;
  }
  return text.substr(0, bytes) + "…";
}

/// A linear scale with round steps.
struct Scale {
  double low = 0;
  double high = 1;
  double step = 0.2;

  static Scale over(double low, double high) {
    Scale scale;
    if (!(high > low)) high = low + 1;
    const double raw = (high - low) / 5;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
      scale.step = factor * power;
      if (scale.step >= raw * 0.999) break;
    }
    scale.low = std::floor(low / scale.step + 1e-9) * scale.step;
    scale.high = std::ceil(high / scale.step - 1e-9) * scale.step;
    return scale;
  }
  double share(double value) const { return std::clamp((value - low) / (high - low), 0.0, 1.0); }
  int steps() const { return static_cast<int>(std::lround((high - low) / step)); }
};

Scale scaleOf(const ValueAxis& axis, double least, double most) {
  if (!std::isfinite(least)) least = 0;
  if (!std::isfinite(most)) most = 1;
  Scale scale = Scale::over(axis.minimum.value_or(std::min(0.0, least)), axis.maximum.value_or(most));
  if (axis.minimum) scale.low = *axis.minimum;
  if (axis.maximum) scale.high = *axis.maximum;
  return scale;
}

double yOf(const Scale& scale, double value) {
  return kTop + kPlotHeight * (1 - scale.share(value));
}

std::string valueAxis(const Scale& scale, const ValueAxis& axis, double width) {
  std::string out;
  for (int i = 0; i <= scale.steps(); ++i) {
    const double value = scale.low + i * scale.step;
    const double y = yOf(scale, value);
    out += lineAt("grid", kLeft, y, width - kRight, y);
    out += textAt(kLeft - 6, y + 4,
                  axis.percent ? percentText(value, 0)
                               : numberText(value, scale.step < 0.1 ? 2
                                                   : scale.step < 1 ? 1
                                                                    : 0),
                  "end");
  }
  out += lineAt("axis", kLeft, kTop, kLeft, kTop + kPlotHeight);
  out += lineAt("axis", kLeft, kTop + kPlotHeight, width - kRight, kTop + kPlotHeight);
  if (!axis.label.empty())
    out += textAt(14, kTop + kPlotHeight / 2, axis.label, "middle",
                  " transform=\"rotate(-90 14 " + at(kTop + kPlotHeight / 2) + ")\"");
  return out + "\n";
}

std::string svgOpen(double width, double height, const std::string& id, const std::string& title,
                    const std::string& description) {
  return "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 " + at(width) + " " + at(height) +
         "\" aria-labelledby=\"" + id + "-t " + id + "-d\">\n<title id=\"" + id + "-t\">" +
         escapeHtml(title) + "</title><desc id=\"" + id + "-d\">" + escapeHtml(description) + "</desc>\n";
}

std::string figure(const std::string& title, const std::string& description, const std::string& svg,
                   const HtmlTable& table) {
  std::string html = "<figure>\n<figcaption><b>" + escapeHtml(title) + "</b>";
  if (!description.empty()) html += "<br>" + escapeHtml(description);
  HtmlTable plain = table;
  plain.caption.clear();
  return html + "</figcaption>\n" + svg + "<details><summary>The same values as a table</summary>\n" +
         tableHtml(plain) + "</details>\n</figure>\n";
}

std::string legend(const std::vector<std::string>& names, const std::string& hatch, double width,
                   double& height) {
  std::string out;
  double x = kLeft;
  double y = height + 14;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = shortened(names[i], 40);
    const double needed = 30 + 6.6 * static_cast<double>(lengthOf(name));
    if (x > kLeft && x + needed > width - kRight) {
      x = kLeft;
      y += 18;
    }
    if (hatch.empty())
      out += marker(i, x + 6, y - 4);
    else
      out += "<rect class=\"bar " + seriesClass(i) + "\" x=\"" + at(x) + "\" y=\"" + at(y - 10) +
             "\" width=\"13\" height=\"12\" fill=\"" + hatchFill(hatch, i) + "\"/>";
    out += textAt(x + 18, y, name, "start");
    x += needed;
  }
  height = y + 10;
  return out + "\n";
}

std::string intervalText(double low, double high, bool percent) {
  return std::isfinite(low) && std::isfinite(high)
             ? " [" + valueText(low, percent) + ", " + valueText(high, percent) + "]"
             : std::string();
}

}  // namespace

HtmlTable chartTable(const BarChart& chart) {
  HtmlTable table;
  table.caption = chart.title;
  table.columns = {""};
  for (const auto& series : chart.series) table.columns.push_back(series.name);
  for (std::size_t c = 0; c < chart.categories.size(); ++c) {
    std::vector<std::string> row{chart.categories[c]};
    for (const auto& series : chart.series) {
      std::string text = c < series.values.size() ? valueText(series.values[c], chart.axis.percent) : "–";
      if (c < series.intervals.size())
        text += intervalText(series.intervals[c].first, series.intervals[c].second, chart.axis.percent);
      row.push_back(std::move(text));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

HtmlTable chartTable(const LineChart& chart) {
  HtmlTable table;
  table.caption = chart.title;
  table.columns = {"", chart.xLabel, chart.axis.label.empty() ? "value" : chart.axis.label};
  for (const auto& series : chart.series)
    for (const auto& point : series.points) {
      std::string text = valueText(point.y, chart.axis.percent);
      if (point.interval)
        text += intervalText(point.interval->first, point.interval->second, chart.axis.percent);
      table.rows.push_back({series.name, numberText(point.x, 3), text});
    }
  return table;
}

HtmlTable chartTable(const HeatMap& chart) {
  HtmlTable table;
  table.caption = chart.title;
  table.columns = {chart.rowLabel};
  table.columns.insert(table.columns.end(), chart.columns.begin(), chart.columns.end());
  for (std::size_t r = 0; r < chart.rows.size(); ++r) {
    std::vector<std::string> row{chart.rows[r]};
    for (const double value : chart.values.at(r)) row.push_back(valueText(value, chart.percent));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string chartHtml(const BarChart& chart, const std::string& id) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const auto& series : chart.series) {
    for (const double value : series.values)
      if (std::isfinite(value)) least = std::min(least, value), most = std::max(most, value);
    for (const auto& [low, high] : series.intervals)
      if (std::isfinite(low) && std::isfinite(high))
        least = std::min(least, low), most = std::max(most, high);
  }
  const Scale scale = scaleOf(chart.axis, least, most);
  const std::size_t bars = std::max<std::size_t>(1, chart.series.size());
  const std::size_t groups = std::max<std::size_t>(1, chart.categories.size());
  const double width = std::max(
      520.0, kLeft + kRight + static_cast<double>(groups) * (18.0 * static_cast<double>(bars) + 22.0));
  const double groupWidth = (width - kLeft - kRight) / static_cast<double>(groups);
  const double barWidth = std::min(46.0, 0.8 * groupWidth / static_cast<double>(bars));
  const std::string hatch = id + "-h";

  std::string body = hatchDefinitions(hatch, chart.series.size()) + valueAxis(scale, chart.axis, width);
  const double zero = yOf(scale, std::clamp(0.0, scale.low, scale.high));
  // Long names of many groups would run into each other; they are turned.
  std::size_t longest = 0;
  for (const std::string& category : chart.categories) longest = std::max(longest, lengthOf(category));
  const bool turned = 6.8 * static_cast<double>(longest) > groupWidth;
  for (std::size_t g = 0; g < chart.categories.size(); ++g) {
    const double centre = kLeft + groupWidth * (static_cast<double>(g) + 0.5);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const auto& series = chart.series[s];
      if (g >= series.values.size() || !std::isfinite(series.values[g])) continue;
      const double x = centre + barWidth * (static_cast<double>(s) - static_cast<double>(bars) / 2);
      const double y = yOf(scale, series.values[g]);
      body += "<rect class=\"bar " + seriesClass(s) + "\" x=\"" + at(x + 1) + "\" y=\"" +
              at(std::min(y, zero)) + "\" width=\"" + at(barWidth - 2) + "\" height=\"" +
              at(std::abs(zero - y)) + "\" fill=\"" + hatchFill(hatch, s) + "\"><title>" +
              escapeHtml(chart.categories[g] + ", " + series.name + ": " +
                         valueText(series.values[g], chart.axis.percent)) +
              "</title></rect>";
      if (g < series.intervals.size() && std::isfinite(series.intervals[g].first) &&
          std::isfinite(series.intervals[g].second)) {
        const double low = yOf(scale, series.intervals[g].first);
        const double high = yOf(scale, series.intervals[g].second);
        const double middle = x + barWidth / 2;
        body += lineAt("whisker", middle, low, middle, high) +
                lineAt("whisker", middle - 3, low, middle + 3, low) +
                lineAt("whisker", middle - 3, high, middle + 3, high);
      }
    }
    const double y = kTop + kPlotHeight + 16;
    const std::string name = shortened(chart.categories[g], 30);
    body +=
        turned ? textAt(centre, y, name, "end", " transform=\"rotate(-35 " + at(centre) + " " + at(y) + ")\"")
               : textAt(centre, y, name, "middle");
    body += "\n";
  }
  double height =
      kTop + kPlotHeight + (turned ? 24 + 4.2 * static_cast<double>(std::min<std::size_t>(longest, 30)) : 28);
  std::vector<std::string> names;
  for (const auto& series : chart.series) names.push_back(series.name);
  body += legend(names, hatch, width, height);
  return figure(chart.title, chart.description,
                svgOpen(width, height, id, chart.title, chart.description) + body + "</svg>\n",
                chartTable(chart));
}

std::string chartHtml(const LineChart& chart, const std::string& id) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  double left = least;
  double right = most;
  for (const auto& series : chart.series)
    for (const auto& point : series.points) {
      if (!std::isfinite(point.y) || !std::isfinite(point.x)) continue;
      least = std::min({least, point.y, point.interval ? point.interval->first : point.y});
      most = std::max({most, point.y, point.interval ? point.interval->second : point.y});
      left = std::min(left, point.x);
      right = std::max(right, point.x);
    }
  const Scale scale = scaleOf(chart.axis, least, most);
  const Scale across = Scale::over(std::isfinite(left) ? left : 0, std::isfinite(right) ? right : 1);
  const double width = 640;
  const auto xOf = [&](double x) { return kLeft + (width - kLeft - kRight) * across.share(x); };

  std::string body = valueAxis(scale, chart.axis, width);
  for (int i = 0; i <= across.steps(); ++i) {
    const double value = across.low + i * across.step;
    body += lineAt("axis", xOf(value), kTop + kPlotHeight, xOf(value), kTop + kPlotHeight + 4);
    body += textAt(xOf(value), kTop + kPlotHeight + 18,
                   numberText(value, across.step < 0.01  ? 3
                                     : across.step < 0.1 ? 2
                                     : across.step < 1   ? 1
                                                         : 0),
                   "middle");
  }
  body +=
      textAt(kLeft + (width - kLeft - kRight) / 2, kTop + kPlotHeight + 36, chart.xLabel, "middle") + "\n";
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    const auto& series = chart.series[s];
    std::string upper;
    std::string lower;
    std::string path;
    bool drawing = false;
    bool banded = !series.points.empty();
    for (const auto& point : series.points) {
      if (!std::isfinite(point.y)) {
        drawing = false;
        banded = false;
        continue;
      }
      path += (drawing ? "L" : "M") + at(xOf(point.x)) + " " + at(yOf(scale, point.y));
      drawing = true;
      if (point.interval && std::isfinite(point.interval->first) && std::isfinite(point.interval->second)) {
        upper +=
            (upper.empty() ? "M" : "L") + at(xOf(point.x)) + " " + at(yOf(scale, point.interval->second));
        lower = "L" + at(xOf(point.x)) + " " + at(yOf(scale, point.interval->first)) + lower;
      } else {
        banded = false;
      }
    }
    if (banded && series.joined && series.points.size() > 1)
      body += "<path class=\"area " + seriesClass(s) + "\" d=\"" + upper + lower + "Z\"/>";
    if (series.joined) body += "<path class=\"line " + seriesClass(s) + "\" d=\"" + path + "\"/>";
    for (const auto& point : series.points)
      if (std::isfinite(point.y)) body += marker(s, xOf(point.x), yOf(scale, point.y));
    body += "\n";
  }
  double height = kTop + kPlotHeight + 46;
  std::vector<std::string> names;
  for (const auto& series : chart.series) names.push_back(series.name);
  body += legend(names, "", width, height);
  return figure(chart.title, chart.description,
                svgOpen(width, height, id, chart.title, chart.description) + body + "</svg>\n",
                chartTable(chart));
}

std::string chartHtml(const HeatMap& chart, const std::string& id) {
  std::size_t longest = 0;
  for (const std::string& row : chart.rows)
    longest = std::max(longest, std::min<std::size_t>(30, lengthOf(row)));
  std::size_t longestColumn = 0;
  for (const std::string& column : chart.columns)
    longestColumn = std::max(longestColumn, std::min<std::size_t>(24, lengthOf(column)));
  const double cellWidth = 68;
  const double cellHeight = 28;
  const double left = 16 + 6.8 * static_cast<double>(longest);
  const bool turned = 6.8 * static_cast<double>(longestColumn) > cellWidth;
  const double top = turned ? 16 + 4.6 * static_cast<double>(longestColumn) : 26;
  const double width =
      std::max(320.0, left + cellWidth * static_cast<double>(chart.columns.size()) + (turned ? 80 : 12));
  const double height = top + cellHeight * static_cast<double>(chart.rows.size()) + 26;

  std::string body;
  for (std::size_t c = 0; c < chart.columns.size(); ++c) {
    const double x = left + cellWidth * (static_cast<double>(c) + (turned ? 0.35 : 0.5));
    const std::string name = shortened(chart.columns[c], 24);
    body += turned ? textAt(x, top - 6, name, "start",
                            " transform=\"rotate(-35 " + at(x) + " " + at(top - 6) + ")\"")
                   : textAt(x, top - 8, name, "middle");
  }
  const double span = chart.maximum > chart.minimum ? chart.maximum - chart.minimum : 1;
  for (std::size_t r = 0; r < chart.rows.size(); ++r) {
    const double y = top + cellHeight * static_cast<double>(r);
    body += textAt(left - 8, y + cellHeight / 2 + 4, shortened(chart.rows[r], 30), "end");
    for (std::size_t c = 0; c < chart.columns.size(); ++c) {
      const double value =
          c < chart.values.at(r).size() ? chart.values[r][c] : std::numeric_limits<double>::quiet_NaN();
      const std::string place = "x=\"" + at(left + cellWidth * static_cast<double>(c) + 1) + "\" y=\"" +
                                at(y + 1) + "\" width=\"" + at(cellWidth - 2) + "\" height=\"" +
                                at(cellHeight - 2) + "\"";
      if (!std::isfinite(value)) {
        body += "<rect class=\"cell-none\" " + place + "/>";
        continue;
      }
      const Rgb colour = rampColour((value - chart.minimum) / span);
      body += "<rect " + place + " fill=\"rgb(" + std::to_string(colour.r) + "," + std::to_string(colour.g) +
              "," + std::to_string(colour.b) + ")\"/>";
      body += textAt(left + cellWidth * (static_cast<double>(c) + 0.5), y + cellHeight / 2 + 4,
                     valueText(value, chart.percent), "middle",
                     prefersDarkText(colour) ? " class=\"cell-dark\"" : " class=\"cell-light\"");
    }
    body += "\n";
  }
  body +=
      textAt(left, height - 8, chart.rowLabel + " in rows, " + chart.columnLabel + " in columns", "start");
  return figure(chart.title, chart.description,
                svgOpen(width, height, id, chart.title, chart.description) + body + "</svg>\n",
                chartTable(chart));
}

}  // namespace medlocker::audit::report
