// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QString>
#include <QStringList>
#include <functional>
#include <vector>

#include "core/pipelines/dataset_browser.h"

class QChart;

namespace medlocker::ui {

/// One set of bars. `low` and `high` (both empty, or as long as `values`): interval ends.
struct CategorySeries {
  QString name;
  std::vector<double> values;  ///< NaN: no bar
  std::vector<double> low;
  std::vector<double> high;
};

/// Grouped bars over categories.
struct CategoryChart {
  QString title;
  QString valueTitle;
  QStringList categories;
  std::vector<CategorySeries> series;
  bool percent = false;   ///< values are fractions 0..1, the axis is 0..100 %
  bool integers = false;  ///< counts
  int marked = -1;        ///< category whose label is marked, for example the worst class
};

struct LineSeries {
  QString name;
  std::vector<double> x;
  std::vector<double> y;  ///< NaN: a gap
};

struct LineChart {
  QString title;
  QString xTitle;
  QString yTitle;
  std::vector<LineSeries> series;
  bool percent = false;
};

/// What stands behind a chart.
struct ChartTable {
  QStringList header;
  std::vector<QStringList> rows;
};

ChartTable tableOf(const CategoryChart& chart);
ChartTable tableOf(const LineChart& chart);

/// A chart of the caller's, styled after the theme. `clicked` gets (series, category).
QChart* makeChart(const CategoryChart& chart, const std::function<void(int, int)>& clicked = {});
QChart* makeChart(const LineChart& chart);

/// Lesion overlay of an image as Format_Grayscale8 with 0 or 255; null when there is none.
QImage maskImage(const pipelines::ImageRegions& regions);

}  // namespace medlocker::ui
