// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/charts.h"

#include <QCoreApplication>
#include <QGraphicsLayout>
#include <QLocale>
#include <QMargins>
#include <QPen>
#include <QtCharts/QBarCategoryAxis>
#include <QtCharts/QBarSeries>
#include <QtCharts/QBarSet>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>
#include <QtCharts/QLegendMarker>
#include <QtCharts/QLineSeries>
#include <QtCharts/QScatterSeries>
#include <QtCharts/QValueAxis>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "ui/services/theme.h"

namespace medlocker::ui {
namespace {

QString number(double value, bool percent, bool integers) {
  if (!std::isfinite(value)) return QStringLiteral("–");
  if (percent) return QLocale().toString(value * 100, 'f', 1) + QStringLiteral(" %");
  return integers ? QLocale().toString(static_cast<qlonglong>(std::llround(value)))
                  : QLocale().toString(value, 'g', 5);
}

/// ChartTexts of this file, for the translators.
class ChartTexts {
  Q_DECLARE_TR_FUNCTIONS(Charts)
};

/// A round step that gives four to eight lines up to `top`.
double niceTop(double top) {
  if (!(top > 0)) return 1;
  const double power = std::pow(10, std::floor(std::log10(top)));
  for (const double factor : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0})
    if (top <= factor * power) return factor * power;
  return 10 * power;
}

struct Ticks {
  double low = 0;
  double high = 1;
  int count = 2;
};

/// Round ends and ticks around low..high.
Ticks niceTicks(double low, double high) {
  if (!(low < high)) {
    const double room = std::max(std::abs(high) * 0.1, 1e-12);
    low -= room;
    high += room;
  }
  const double step = niceTop((high - low) / 4);
  Ticks ticks{std::floor(low / step) * step, std::ceil(high / step) * step, 0};
  ticks.count = static_cast<int>(std::lround((ticks.high - ticks.low) / step)) + 1;
  return ticks;
}

QChart* newChart(const QString& title) {
  auto* chart = new QChart;
  chart->setTitle(title);
  chart->setAnimationOptions(QChart::NoAnimation);
  chart->layout()->setContentsMargins(2, 2, 2, 2);
  chart->setMargins(QMargins(6, 4, 10, 4));
  return chart;
}

}  // namespace

ChartTable tableOf(const CategoryChart& chart) {
  ChartTable table;
  table.header << QString();
  for (const CategorySeries& series : chart.series) {
    table.header << series.name;
    if (!series.low.empty()) table.header << ChartTexts::tr("95 % interval");
  }
  for (int c = 0; c < chart.categories.size(); ++c) {
    const auto i = static_cast<std::size_t>(c);
    QStringList row{chart.categories[c] + (c == chart.marked ? ChartTexts::tr(" (worst)") : QString())};
    for (const CategorySeries& series : chart.series) {
      row << number(i < series.values.size() ? series.values[i] : std::nan(""), chart.percent,
                    chart.integers);
      if (!series.low.empty())
        row << number(series.low[i], chart.percent, false) + QStringLiteral(" – ") +
                   number(series.high[i], chart.percent, false);
    }
    table.rows.push_back(row);
  }
  return table;
}

ChartTable tableOf(const LineChart& chart) {
  ChartTable table;
  table.header << chart.xTitle;
  std::map<double, QStringList> rows;
  for (const LineSeries& series : chart.series) {
    table.header << series.name;
    for (const double x : series.x) rows.try_emplace(x);
  }
  for (auto& [x, row] : rows) {
    row << QLocale().toString(x, 'g', 6);
    for (const LineSeries& series : chart.series) {
      const auto found = std::find(series.x.begin(), series.x.end(), x);
      row << (found == series.x.end() ? QStringLiteral("–")
                                      : number(series.y[static_cast<std::size_t>(found - series.x.begin())],
                                               chart.percent, false));
    }
    table.rows.push_back(row);
  }
  return table;
}

ChartTable tableOf(const HeatMap& map) {
  ChartTable table;
  table.header << map.rowTitle;
  for (int c = 0; c < map.columns.size(); ++c)
    table.header << map.columns[c] + (c == map.markedColumn ? ChartTexts::tr(" (worst)") : QString());
  for (int r = 0; r < map.rows.size(); ++r) {
    QStringList row{map.rows[r]};
    for (int c = 0; c < map.columns.size(); ++c) {
      QString cell =
          number(map.values.at(static_cast<std::size_t>(r)).at(static_cast<std::size_t>(c)), true, false);
      if (!map.notes.empty())
        cell += QStringLiteral(" (%1)").arg(map.notes.at(static_cast<std::size_t>(r))[c]);
      row << cell;
    }
    table.rows.push_back(row);
  }
  return table;
}

QChart* makeChart(const CategoryChart& description, const QPalette& palette,
                  const std::function<void(int, int)>& clicked) {
  QChart* chart = newChart(description.title);
  auto* bars = new QBarSeries;
  double top = 0;
  for (std::size_t s = 0; s < description.series.size(); ++s) {
    const CategorySeries& series = description.series[s];
    auto* set = new QBarSet(series.name);
    // Hatching beside colour: the series can be told apart without seeing colours, and on a grey printout.
    static constexpr std::array<Qt::BrushStyle, 5> kHatching{
        Qt::SolidPattern, Qt::BDiagPattern, Qt::DiagCrossPattern, Qt::Dense5Pattern, Qt::HorPattern};
    const QColor colour = seriesColour(static_cast<int>(s));
    set->setBrush(QBrush(colour, kHatching[s % kHatching.size()]));
    set->setPen(QPen(colour, 1.2));
    for (const double value : series.values) {
      set->append(std::isfinite(value) ? (description.percent ? value * 100 : value) : 0);
      if (std::isfinite(value)) top = std::max(top, value);
    }
    for (const double value : series.high)
      if (std::isfinite(value)) top = std::max(top, value);
    if (clicked)
      QObject::connect(set, &QBarSet::clicked, chart,
                       [clicked, s](int category) { clicked(static_cast<int>(s), category); });
    bars->append(set);
  }
  bars->setBarWidth(0.75);
  chart->addSeries(bars);
  QStringList labels = description.categories;
  if (description.marked >= 0 && description.marked < labels.size())
    labels[description.marked] = QStringLiteral("▼ ") + labels[description.marked];
  auto* categories = new QBarCategoryAxis;
  categories->append(labels);
  categories->setGridLineVisible(false);
  chart->addAxis(categories, Qt::AlignBottom);
  bars->attachAxis(categories);
  auto* values = new QValueAxis;
  values->setTitleText(description.valueTitle);
  values->setRange(0, description.percent ? 100 : niceTop(top));
  values->setLabelFormat(description.percent ? QStringLiteral("%.0f %%") : QStringLiteral("%.0f"));
  if (!description.percent && !description.integers) values->setLabelFormat(QStringLiteral("%.3g"));
  values->setTickCount(6);
  if (description.integers && niceTop(top) < 6) values->setTickCount(static_cast<int>(niceTop(top)) + 1);
  chart->addAxis(values, Qt::AlignLeft);
  bars->attachAxis(values);

  // Interval whiskers: one short line per bar, drawn where QBarSeries puts the bar's middle.
  const auto count = static_cast<double>(description.series.size());
  for (std::size_t s = 0; s < description.series.size(); ++s) {
    const CategorySeries& series = description.series[s];
    for (std::size_t c = 0; c < series.low.size(); ++c) {
      if (!std::isfinite(series.low[c]) || !std::isfinite(series.high[c])) continue;
      auto* whisker = new QLineSeries;
      const double middle = static_cast<double>(c) - 0.375 + 0.75 * (static_cast<double>(s) + 0.5) / count;
      const double factor = description.percent ? 100 : 1;
      whisker->append(middle, series.low[c] * factor);
      whisker->append(middle, series.high[c] * factor);
      whisker->setPen(QPen(palette.color(QPalette::Text), 1.6));
      chart->addSeries(whisker);
      whisker->attachAxis(values);
      // A value axis would do, but the bars have a category axis, whose categories lie at 0, 1, 2 …
      whisker->attachAxis(categories);
      for (QLegendMarker* marker : chart->legend()->markers(whisker)) marker->setVisible(false);
    }
  }
  chart->legend()->setVisible(description.series.size() > 1);
  chart->legend()->setAlignment(Qt::AlignBottom);
  chart->legend()->setShowToolTips(true);
  styleChart(*chart, palette);
  return chart;
}

QChart* makeChart(const LineChart& description, const QPalette& palette) {
  QChart* chart = newChart(description.title);
  auto* x = new QValueAxis;
  auto* y = new QValueAxis;
  x->setTitleText(description.xTitle);
  y->setTitleText(description.yTitle);
  chart->addAxis(x, Qt::AlignBottom);
  chart->addAxis(y, Qt::AlignLeft);
  double xLow = INFINITY;
  double xHigh = -INFINITY;
  double yLow = description.percent ? 0 : INFINITY;
  double yHigh = description.percent ? 100 : -INFINITY;
  static const std::array<QScatterSeries::MarkerShape, 5> kShapes{
      QScatterSeries::MarkerShapeCircle, QScatterSeries::MarkerShapeRectangle,
      QScatterSeries::MarkerShapeTriangle, QScatterSeries::MarkerShapeRotatedRectangle,
      QScatterSeries::MarkerShapeStar};
  for (std::size_t s = 0; s < description.series.size(); ++s) {
    const LineSeries& series = description.series[s];
    auto* line = new QLineSeries;
    auto* points = new QScatterSeries;
    points->setName(series.name);
    const QColor colour = seriesColour(static_cast<int>(s));
    line->setPen(QPen(colour, 2));
    points->setMarkerShape(kShapes[s % kShapes.size()]);
    points->setMarkerSize(8);
    points->setColor(colour);
    points->setBorderColor(Qt::transparent);
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!std::isfinite(series.y[i])) continue;
      const double value = description.percent ? series.y[i] * 100 : series.y[i];
      line->append(series.x[i], value);
      points->append(series.x[i], value);
      xLow = std::min(xLow, series.x[i]);
      xHigh = std::max(xHigh, series.x[i]);
      if (!description.percent) {
        yLow = std::min(yLow, value);
        yHigh = std::max(yHigh, value);
      }
    }
    chart->addSeries(line);
    chart->addSeries(points);
    for (QAbstractSeries* part :
         {static_cast<QAbstractSeries*>(line), static_cast<QAbstractSeries*>(points)}) {
      part->attachAxis(x);
      part->attachAxis(y);
    }
    for (QLegendMarker* marker : chart->legend()->markers(line)) marker->setVisible(false);
  }
  if (xLow < xHigh)
    x->setRange(xLow, xHigh);
  else if (std::isfinite(xLow))
    x->setRange(xLow - 1, xLow + 1);
  if (description.percent)
    y->setRange(0, 100);
  else if (description.fitsValues && std::isfinite(yLow)) {
    const Ticks ticks = niceTicks(yLow, yHigh);
    y->setRange(ticks.low, ticks.high);
    y->setTickCount(ticks.count);
  } else if (yLow < yHigh)
    y->setRange(std::min(0.0, yLow), niceTop(yHigh));
  if (description.percent) y->setTickCount(6);
  if (description.wholeX && xHigh > xLow) {
    // Ticks at whole numbers only.
    x->setTickType(QValueAxis::TicksDynamic);
    x->setTickAnchor(std::ceil(xLow));
    x->setTickInterval(std::max(1.0, std::ceil((xHigh - xLow) / 10)));
  }
  x->setLabelFormat(QStringLiteral("%.4g"));
  y->setLabelFormat(description.percent ? QStringLiteral("%.0f %%") : QStringLiteral("%.3g"));
  chart->legend()->setVisible(description.series.size() > 1);
  chart->legend()->setAlignment(Qt::AlignBottom);
  chart->legend()->setMarkerShape(QLegend::MarkerShapeFromSeries);
  chart->legend()->setShowToolTips(true);
  styleChart(*chart, palette);
  return chart;
}

QImage maskImage(const pipelines::ImageRegions& regions) {
  if (regions.overlay.empty()) return {};
  QImage mask(regions.overlayWidth, regions.overlayHeight, QImage::Format_Grayscale8);
  for (int y = 0; y < mask.height(); ++y) {
    uchar* line = mask.scanLine(y);
    const std::uint8_t* from =
        regions.overlay.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width());
    std::transform(from, from + mask.width(), line,
                   [](std::uint8_t v) { return static_cast<uchar>(v != 0 ? 255 : 0); });
  }
  return mask;
}

}  // namespace medlocker::ui
