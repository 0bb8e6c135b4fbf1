// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPalette>
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
  bool percent = false;     ///< values are fractions 0..1, the axis is 0..100 %
  bool wholeX = false;      ///< x counts something: ticks at whole numbers
  bool fitsValues = false;  ///< the axis begins near the least value instead of at 0
};

/// Shares 0..1 in a grid, one colour from light to dark, each cell with its number.
struct HeatMap {
  QString title;
  QString rowTitle;
  QString columnTitle;
  QStringList rows;
  QStringList columns;
  std::vector<std::vector<double>> values;  ///< [row][column]; NaN: empty cell
  std::vector<QStringList> notes;           ///< second line of a cell; may be empty
  int markedColumn = -1;                    ///< for example the worst class
};

/// What stands behind a chart.
struct ChartTable {
  QStringList header;
  std::vector<QStringList> rows;
};

ChartTable tableOf(const CategoryChart& chart);
ChartTable tableOf(const LineChart& chart);
ChartTable tableOf(const HeatMap& map);

/// A chart of the caller's in the colours of `palette`. Series differ by colour and by hatching or marker
/// shape. `clicked` gets (series, category).
QChart* makeChart(const CategoryChart& chart, const QPalette& palette,
                  const std::function<void(int, int)>& clicked = {});
QChart* makeChart(const LineChart& chart, const QPalette& palette);

/// Lesion overlay of an image as Format_Grayscale8 with 0 or 255; null when there is none.
QImage maskImage(const pipelines::ImageRegions& regions);

}  // namespace medlocker::ui
