// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QStackedWidget>
#include <QTableWidget>
#include <QWidget>
#include <variant>

#include "ui/charts/charts.h"

class QChartView;

namespace medlocker::ui {

class HeatMapView;

/// A chart with its table twin, and buttons that copy it as an image and as data. Every chart of the window
/// is shown in one of these. It follows a change of the theme.
class ChartPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ChartPanel(const QString& title, QWidget* parent = nullptr);
  ~ChartPanel() override;

  void setChart(const CategoryChart& chart);
  void setChart(const LineChart& chart);
  void setChart(const HeatMap& map);
  void clear(const QString& message);
  /// The figures behind the chart, tab separated with a header line.
  QString tableText() const;
  QSize sizeHint() const override { return {360, 280}; }

 Q_SIGNALS:
  /// A bar was clicked.
  void barActivated(int series, int category);
  /// A cell of a heat map was chosen.
  void cellActivated(int row, int column);

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  /// Draws when the event loop comes round, or when the panel is shown: a chart takes a good part of what an
  /// event may take, and several are set at once.
  void drawSoon();
  void draw();
  void fillTable(const ChartTable& table);
  void showPart();
  void copyImage();

  QString title_;
  std::variant<std::monostate, CategoryChart, LineChart, HeatMap> chart_;
  QStackedWidget* stack_;
  QChartView* view_;
  HeatMapView* heat_;
  QTableWidget* table_;
  QLabel* message_;
  bool asTable_ = false;
  bool isStale_ = false;  ///< `chart_` is not drawn yet
  bool isScheduled_ = false;
};

}  // namespace medlocker::ui
