// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/charts/charts.h"

class QPainter;

namespace medlocker::ui {

/// Draws the map into `area` with the painter's font; text size follows the font's. The same code draws on
/// the screen and, as vectors, into a PDF.
void paintHeatMap(QPainter& painter, const QRectF& area, const HeatMap& map, const QPalette& palette);

/// A heat map on the screen. Cells can be clicked, and walked with the arrow keys and chosen with Enter.
class HeatMapView : public QWidget {
  Q_OBJECT
 public:
  explicit HeatMapView(QWidget* parent = nullptr);
  void setMap(HeatMap map);
  const HeatMap& map() const { return map_; }

 Q_SIGNALS:
  void cellActivated(int row, int column);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  std::pair<int, int> cellAt(const QPointF& point) const;  ///< (-1,-1): none

  HeatMap map_;
  int row_ = 0;
  int column_ = 0;
};

}  // namespace medlocker::ui
