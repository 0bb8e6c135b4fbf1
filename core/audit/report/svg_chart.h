// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/audit/report/html_table.h"

/// Charts as inline SVG. Every chart is a <figure> with a title, a description for readers who do not see it,
/// and a table of the same values behind it. Colours follow the page's light or dark scheme. Pure functions
/// of their input: the same chart gives the same text. Thread-safe.
namespace medlocker::audit::report {

/// How values are written and where the axis ends.
struct ValueAxis {
  std::string label;
  bool percent = true;            ///< values are fractions, shown as percentages
  std::optional<double> minimum;  ///< absent: 0, or the smallest value where it is negative
  std::optional<double> maximum;  ///< absent: a round number above the largest value
};

/// Groups of bars: one group per category, one bar per series.
struct BarChart {
  std::string title;
  std::string description;
  ValueAxis axis;
  std::vector<std::string> categories;
  struct Series {
    std::string name;
    std::vector<double> values;                        ///< one per category; NaN: no bar
    std::vector<std::pair<double, double>> intervals;  ///< whiskers; empty, or one per category
  };
  std::vector<Series> series;
};

struct LineChart {
  std::string title;
  std::string description;
  std::string xLabel;
  ValueAxis axis;
  struct Point {
    double x = 0;
    double y = 0;  ///< NaN: a gap
    std::optional<std::pair<double, double>> interval;
  };
  struct Series {
    std::string name;
    std::vector<Point> points;  ///< ascending in x
    bool joined = true;         ///< false: marks alone
  };
  std::vector<Series> series;
};

struct HeatMap {
  std::string title;
  std::string description;
  std::string rowLabel;
  std::string columnLabel;
  bool percent = true;
  double minimum = 0;
  double maximum = 1;
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<std::vector<double>> values;  ///< [row][column]; NaN: empty cell
};

/// `id` must be unique in the document: letters, digits and dashes.
std::string chartHtml(const BarChart& chart, const std::string& id);
std::string chartHtml(const LineChart& chart, const std::string& id);
std::string chartHtml(const HeatMap& chart, const std::string& id);

/// The table behind a chart.
HtmlTable chartTable(const BarChart& chart);
HtmlTable chartTable(const LineChart& chart);
HtmlTable chartTable(const HeatMap& chart);

}  // namespace medlocker::audit::report
