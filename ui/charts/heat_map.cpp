// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/heat_map.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/services/theme.h"

namespace medlocker::ui {
namespace {

/// One hue from near white to dark blue: brightness alone carries the value, so it survives grey printing
/// and colour blindness.
QColor cellColour(double share) {
  const double t = std::clamp(share, 0.0, 1.0);
  const QColor low(0xF1, 0xF5, 0xF9);
  const QColor high(0x08, 0x45, 0x7E);
  const auto mix = [t](int a, int b) { return static_cast<int>(std::lround(a + t * (b - a))); };
  return {mix(low.red(), high.red()), mix(low.green(), high.green()), mix(low.blue(), high.blue())};
}

constexpr int kMostLines = 3;
constexpr double kLabelMargin = 4;

/// Lines that `label` takes in `width` when it is broken at words; a longer one is cut.
int linesOf(const QFontMetricsF& metrics, const QString& label, double width) {
  const QRectF taken = metrics.boundingRect(QRectF(0, 0, std::max(width, 1.0), 1e6),
                                            Qt::AlignCenter | Qt::TextWordWrap, label);
  return std::clamp(static_cast<int>(std::lround(taken.height() / metrics.lineSpacing())), 1, kMostLines);
}

/// Broken at words where that helps, else with its middle left out.
void drawLabel(QPainter& painter, const QFontMetricsF& metrics, const QRectF& room, int alignment,
               const QString& label) {
  const QRectF taken = metrics.boundingRect(QRectF(0, 0, std::max(room.width(), 1.0), 1e6),
                                            alignment | Qt::TextWordWrap, label);
  if (taken.width() <= room.width() && taken.height() <= room.height() + 1)
    painter.drawText(room, alignment | Qt::TextWordWrap, label);
  else
    painter.drawText(room, alignment, metrics.elidedText(label, Qt::ElideMiddle, room.width()));
}

QString columnLabel(const HeatMap& map, int column) {
  return (column == map.markedColumn ? QStringLiteral("▼ ") : QString()) + map.columns[column];
}

struct Layout {
  QRectF cells;
  double width = 0;
  double height = 0;
  double labelHeight = 0;

  QRectF cell(int row, int column) const {
    return {cells.left() + column * width, cells.top() + row * height, width, height};
  }
};

Layout layoutOf(const QRectF& area, const HeatMap& map, const QFontMetricsF& metrics) {
  Layout layout;
  if (map.rows.isEmpty() || map.columns.isEmpty()) return layout;
  double labels = 0;
  for (const QString& name : map.rows) labels = std::max(labels, metrics.horizontalAdvance(name));
  const double side = map.rowTitle.isEmpty() ? 0 : metrics.height() * 1.5;
  labels = std::min(labels + metrics.height(), area.width() * 0.35);
  const double columnWidth =
      (area.width() - side - labels) / static_cast<double>(map.columns.size()) - kLabelMargin;
  int lines = 1;
  for (int c = 0; c < map.columns.size(); ++c)
    lines = std::max(lines, linesOf(metrics, columnLabel(map, c), columnWidth));
  layout.labelHeight = metrics.lineSpacing() * lines + metrics.height() * 0.4;
  const double top = layout.labelHeight + (map.columnTitle.isEmpty() ? 0 : metrics.height() * 1.4);
  layout.cells = area.adjusted(side + labels, top, 0, 0);
  layout.width = layout.cells.width() / static_cast<double>(map.columns.size());
  layout.height =
      std::min(layout.cells.height() / static_cast<double>(map.rows.size()), metrics.height() * 4.5);
  layout.cells.setHeight(layout.height * static_cast<double>(map.rows.size()));
  return layout;
}

}  // namespace

void paintHeatMap(QPainter& painter, const QRectF& area, const HeatMap& map, const QPalette& palette) {
  const QFontMetricsF metrics(painter.font(), painter.device());
  const Layout layout = layoutOf(area, map, metrics);
  if (layout.cells.isEmpty()) return;
  const QColor text = palette.color(QPalette::Text);
  painter.save();
  painter.setPen(text);
  if (!map.columnTitle.isEmpty())
    painter.drawText(QRectF(layout.cells.left(), area.top(), layout.cells.width(), metrics.height() * 1.4),
                     Qt::AlignCenter, map.columnTitle);
  if (!map.rowTitle.isEmpty()) {
    painter.save();
    painter.translate(area.left(), layout.cells.bottom());
    painter.rotate(-90);
    painter.drawText(QRectF(0, 0, layout.cells.height(), metrics.height() * 1.3), Qt::AlignCenter,
                     metrics.elidedText(map.rowTitle, Qt::ElideMiddle, layout.cells.height()));
    painter.restore();
  }
  for (int c = 0; c < map.columns.size(); ++c)
    drawLabel(
        painter, metrics,
        QRectF(layout.cells.left() + c * layout.width + kLabelMargin / 2,
               layout.cells.top() - layout.labelHeight, layout.width - kLabelMargin, layout.labelHeight),
        Qt::AlignCenter, columnLabel(map, c));
  const double labelLeft = area.left() + (map.rowTitle.isEmpty() ? 0 : metrics.height() * 1.5);
  for (int r = 0; r < map.rows.size(); ++r)
    drawLabel(painter, metrics,
              QRectF(labelLeft, layout.cells.top() + r * layout.height,
                     layout.cells.left() - labelLeft - metrics.height() * 0.5, layout.height),
              Qt::AlignRight | Qt::AlignVCenter, map.rows[r]);
  for (int r = 0; r < map.rows.size(); ++r)
    for (int c = 0; c < map.columns.size(); ++c) {
      const double value = map.values.at(static_cast<std::size_t>(r)).at(static_cast<std::size_t>(c));
      const QRectF cell = layout.cell(r, c).adjusted(1, 1, -1, -1);
      if (!std::isfinite(value)) {
        painter.fillRect(cell, QBrush(palette.color(QPalette::Mid), Qt::BDiagPattern));
        continue;
      }
      painter.fillRect(cell, cellColour(value));
      painter.setPen(value > 0.45 ? Qt::white : QColor(0x1B, 0x26, 0x30));
      QString label = QLocale().toString(value * 100, 'f', 0) + QStringLiteral(" %");
      if (!map.notes.empty() && layout.height > metrics.height() * 2.2)
        label += QLatin1Char('\n') + map.notes.at(static_cast<std::size_t>(r)).value(c);
      painter.drawText(cell, Qt::AlignCenter, label);
    }
  painter.restore();
}

HeatMapView::HeatMapView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(220, 140);
  setAccessibleName(tr("Heat map"));
}

void HeatMapView::setMap(HeatMap map) {
  map_ = std::move(map);
  row_ = column_ = 0;
  setAccessibleName(map_.title);
  update();
}

void HeatMapView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), palette().color(QPalette::Base));
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF area = QRectF(rect()).adjusted(8, 8, -8, -8);
  paintHeatMap(painter, area, map_, palette());
  if (!hasFocus() || map_.rows.isEmpty()) return;
  painter.setPen(QPen(accentColour(), 2));
  painter.drawRect(layoutOf(area, map_, QFontMetricsF(font())).cell(row_, column_));
}

std::pair<int, int> HeatMapView::cellAt(const QPointF& point) const {
  const Layout layout = layoutOf(QRectF(rect()).adjusted(8, 8, -8, -8), map_, QFontMetricsF(font()));
  if (!layout.cells.contains(point) || layout.width <= 0) return {-1, -1};
  return {std::min(static_cast<int>((point.y() - layout.cells.top()) / layout.height),
                   static_cast<int>(map_.rows.size()) - 1),
          std::min(static_cast<int>((point.x() - layout.cells.left()) / layout.width),
                   static_cast<int>(map_.columns.size()) - 1)};
}

void HeatMapView::mouseReleaseEvent(QMouseEvent* event) {
  const auto [row, column] = cellAt(event->position());
  if (row < 0) return;
  row_ = row;
  column_ = column;
  update();
  Q_EMIT cellActivated(row, column);
}

void HeatMapView::keyPressEvent(QKeyEvent* event) {
  const int rows = static_cast<int>(map_.rows.size());
  const int columns = static_cast<int>(map_.columns.size());
  if (rows == 0) return QWidget::keyPressEvent(event);
  switch (event->key()) {
    case Qt::Key_Left:
      column_ = std::max(0, column_ - 1);
      break;
    case Qt::Key_Right:
      column_ = std::min(columns - 1, column_ + 1);
      break;
    case Qt::Key_Up:
      row_ = std::max(0, row_ - 1);
      break;
    case Qt::Key_Down:
      row_ = std::min(rows - 1, row_ + 1);
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      Q_EMIT cellActivated(row_, column_);
      break;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  update();
}

bool HeatMapView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto [row, column] = cellAt(help->pos());
    if (row < 0) {
      QToolTip::hideText();
    } else {
      const double value = map_.values.at(static_cast<std::size_t>(row)).at(static_cast<std::size_t>(column));
      QString text = map_.rows[row] + QStringLiteral(" · ") + map_.columns[column] + QStringLiteral(": ") +
                     (std::isfinite(value) ? QLocale().toString(value * 100, 'f', 1) + QStringLiteral(" %")
                                           : tr("no image"));
      if (!map_.notes.empty())
        text += QStringLiteral(" (") + map_.notes.at(static_cast<std::size_t>(row)).value(column) +
                QLatin1Char(')');
      QToolTip::showText(help->globalPos(), text, this);
    }
    return true;
  }
  return QWidget::event(event);
}

}  // namespace medlocker::ui
