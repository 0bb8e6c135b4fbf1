// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QStackedWidget>
#include <QTableWidget>
#include <QWidget>

#include "ui/charts/charts.h"

class QChartView;

namespace medlocker::ui {

/// A chart with its table twin, and buttons that copy it as an image and as data. Every chart of the window
/// is shown in one of these.
class ChartPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ChartPanel(const QString& title, QWidget* parent = nullptr);
  ~ChartPanel() override;

  void setChart(const CategoryChart& chart);
  void setChart(const LineChart& chart);
  void clear(const QString& message);
  /// The figures behind the chart, tab separated with a header line.
  QString tableText() const;
  QSize sizeHint() const override { return {360, 280}; }

 Q_SIGNALS:
  /// A bar was clicked.
  void barActivated(int series, int category);

 private:
  void show(QChart* chart, const ChartTable& table);
  void copyImage();

  QString title_;
  QStackedWidget* stack_;
  QChartView* view_;
  QTableWidget* table_;
  QLabel* message_;
};

}  // namespace medlocker::ui
