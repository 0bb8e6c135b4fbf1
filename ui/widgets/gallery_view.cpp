// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/gallery_view.h"

#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>

#include "ui/models/sample_model.h"
#include "ui/models/thumbnail_loader.h"
#include "ui/services/theme.h"

namespace medlocker::ui {
namespace {

constexpr int kGap = 8;
constexpr int kPadding = 6;

}  // namespace

GalleryView::GalleryView(QWidget* parent) : QAbstractItemView(parent) {
  setSelectionMode(ExtendedSelection);
  setVerticalScrollMode(ScrollPerPixel);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setAccessibleName(tr("Images of the dataset"));
}

QSize GalleryView::cellSize() const {
  const int text = fontMetrics().height() * 2 + 4;
  return {ThumbnailLoader::kSide + 2 * kPadding, ThumbnailLoader::kSide + 2 * kPadding + text};
}

int GalleryView::columns() const {
  return std::max(1, (viewport()->width() - kGap) / (cellSize().width() + kGap));
}

int GalleryView::verticalOffset() const {
  return verticalScrollBar()->value();
}

QRect GalleryView::visualRect(const QModelIndex& index) const {
  if (!index.isValid()) return {};
  const QSize cell = cellSize();
  const int column = index.row() % columns();
  const int row = index.row() / columns();
  return {kGap + column * (cell.width() + kGap), kGap + row * (cell.height() + kGap) - verticalOffset(),
          cell.width(), cell.height()};
}

QModelIndex GalleryView::indexAt(const QPoint& point) const {
  if (!model()) return {};
  const QSize cell = cellSize();
  const int x = point.x() - kGap;
  const int y = point.y() + verticalOffset() - kGap;
  if (x < 0 || y < 0 || x % (cell.width() + kGap) >= cell.width() ||
      y % (cell.height() + kGap) >= cell.height())
    return {};
  const int column = x / (cell.width() + kGap);
  if (column >= columns()) return {};
  const int row = y / (cell.height() + kGap) * columns() + column;
  return row < model()->rowCount(rootIndex()) ? model()->index(row, 0, rootIndex()) : QModelIndex();
}

void GalleryView::scrollTo(const QModelIndex& index, ScrollHint hint) {
  const QRect cell = visualRect(index);
  if (!cell.isValid()) return;
  QScrollBar* bar = verticalScrollBar();
  if (hint == PositionAtCenter)
    bar->setValue(bar->value() + cell.center().y() - viewport()->height() / 2);
  else if (cell.top() < kGap || hint == PositionAtTop)
    bar->setValue(bar->value() + cell.top() - kGap);
  else if (cell.bottom() > viewport()->height() - kGap || hint == PositionAtBottom)
    bar->setValue(bar->value() + cell.bottom() - viewport()->height() + kGap);
}

void GalleryView::reset() {
  QAbstractItemView::reset();
  updateGeometries();
  viewport()->update();
}

QModelIndex GalleryView::moveCursor(CursorAction action, Qt::KeyboardModifiers) {
  const int count = model() ? model()->rowCount(rootIndex()) : 0;
  if (count == 0) return {};
  if (!currentIndex().isValid()) return model()->index(0, 0, rootIndex());
  const int page = std::max(1, viewport()->height() / (cellSize().height() + kGap)) * columns();
  int row = currentIndex().row();
  switch (action) {
    case MoveLeft:
    case MovePrevious:
      row -= 1;
      break;
    case MoveRight:
    case MoveNext:
      row += 1;
      break;
    case MoveUp:
      row -= row >= columns() ? columns() : 0;
      break;
    case MoveDown:
      row += row + columns() < count ? columns() : 0;
      break;
    case MovePageUp:
      row -= page;
      break;
    case MovePageDown:
      row += page;
      break;
    case MoveHome:
      row = 0;
      break;
    case MoveEnd:
      row = count - 1;
      break;
  }
  return model()->index(std::clamp(row, 0, count - 1), 0, rootIndex());
}

void GalleryView::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags flags) {
  if (!model()) return;
  const QRect area = rect.normalized();
  const QSize cell = cellSize();
  const int count = model()->rowCount(rootIndex());
  const int firstLine = std::max(0, (area.top() + verticalOffset() - kGap) / (cell.height() + kGap));
  const int lastLine = std::max(0, (area.bottom() + verticalOffset() - kGap) / (cell.height() + kGap));
  QItemSelection selection;
  for (int line = firstLine; line <= lastLine; ++line)
    for (int column = 0; column < columns(); ++column) {
      const int row = line * columns() + column;
      if (row >= count) break;
      const QModelIndex index = model()->index(row, 0, rootIndex());
      if (visualRect(index).intersects(area)) selection.select(index, index);
    }
  selectionModel()->select(selection, flags);
}

QRegion GalleryView::visualRegionForSelection(const QItemSelection& selection) const {
  // Only cells on the screen matter, and a selection may span all rows.
  QRegion region;
  const QRect screen = viewport()->rect();
  for (const QItemSelectionRange& range : selection) {
    const QModelIndex first = model()->index(range.top(), 0, rootIndex());
    const QModelIndex last = model()->index(range.bottom(), 0, rootIndex());
    const QRect band(0, visualRect(first).top(), screen.width(),
                     visualRect(last).bottom() - visualRect(first).top() + 1);
    region += band.intersected(screen);
  }
  return region;
}

void GalleryView::updateGeometries() {
  const int count = model() ? model()->rowCount(rootIndex()) : 0;
  const int lines = (count + columns() - 1) / columns();
  const int height = kGap + lines * (cellSize().height() + kGap);
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(cellSize().height() / 3);
  verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
  QAbstractItemView::updateGeometries();
}

void GalleryView::resizeEvent(QResizeEvent* event) {
  QAbstractItemView::resizeEvent(event);
  updateGeometries();
}

void GalleryView::dataChanged(const QModelIndex& first, const QModelIndex& last, const QList<int>&) {
  if (first == last)
    viewport()->update(visualRect(first));
  else
    viewport()->update();
}

void GalleryView::rowsInserted(const QModelIndex& parent, int first, int last) {
  QAbstractItemView::rowsInserted(parent, first, last);
  updateGeometries();
}

void GalleryView::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const int count = model() ? model()->rowCount(rootIndex()) : 0;
  if (count == 0) {
    painter.setPen(mutedTextColour());
    painter.drawText(viewport()->rect(), Qt::AlignCenter, tr("No image to show"));
    return;
  }
  const int pitch = cellSize().height() + kGap;
  const int firstLine = std::max(0, (event->rect().top() + verticalOffset() - kGap) / pitch);
  const int lastLine = std::max(0, (event->rect().bottom() + verticalOffset()) / pitch);
  for (int row = firstLine * columns(); row < std::min(count, (lastLine + 1) * columns()); ++row) {
    const QModelIndex index = model()->index(row, 0, rootIndex());
    paintCell(painter, index, visualRect(index));
  }
}

void GalleryView::paintCell(QPainter& painter, const QModelIndex& index, const QRect& cell) const {
  const bool selected = selectionModel()->isSelected(index);
  const bool current = currentIndex() == index && hasFocus();
  painter.setPen(Qt::NoPen);
  painter.setBrush(selected ? palette().color(QPalette::Highlight)
                            : palette().color(QPalette::AlternateBase));
  painter.drawRoundedRect(cell, 6, 6);
  if (current) {
    painter.setPen(QPen(palette().color(QPalette::Text), 1.5, Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(cell.adjusted(2, 2, -2, -2), 5, 5);
  }
  const QRect area(cell.left() + kPadding, cell.top() + kPadding, ThumbnailLoader::kSide,
                   ThumbnailLoader::kSide);
  const QImage picture = index.data(Qt::DecorationRole).value<QImage>();
  if (picture.isNull()) {
    painter.fillRect(area, palette().color(QPalette::Base));
    painter.setPen(mutedTextColour());
    painter.drawText(area, Qt::AlignCenter, tr("loading…"));
  } else {
    const QSize size = picture.size().scaled(area.size(), Qt::KeepAspectRatio);
    const QRect target(area.left() + (area.width() - size.width()) / 2,
                       area.top() + (area.height() - size.height()) / 2, size.width(), size.height());
    painter.drawImage(target, picture);
  }
  const QString status = index.data(SampleModel::StatusRole).toString();
  if (!status.isEmpty()) {
    const QRect badge(area.right() - fontMetrics().horizontalAdvance(status) - 12, area.top() + 4,
                      fontMetrics().horizontalAdvance(status) + 10, fontMetrics().height() + 2);
    painter.setPen(Qt::NoPen);
    painter.setBrush(statusColour(status));
    painter.drawRoundedRect(badge, 4, 4);
    painter.setPen(Qt::black);
    painter.drawText(badge, Qt::AlignCenter, status);
  }
  const QColor text = palette().color(selected ? QPalette::HighlightedText : QPalette::Text);
  painter.setPen(text);
  const QRect name(area.left(), area.bottom() + 3, area.width(), fontMetrics().height());
  painter.drawText(
      name, Qt::AlignLeft | Qt::AlignVCenter,
      fontMetrics().elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideMiddle, name.width()));
  const QRect label = name.translated(0, fontMetrics().height());
  painter.setPen(selected ? text : mutedTextColour());
  QString second = index.data(SampleModel::LabelRole).toString();
  if (index.data(SampleModel::MasksRole).toInt() > 0) second += tr(" · masks");
  painter.drawText(label, Qt::AlignLeft | Qt::AlignVCenter,
                   fontMetrics().elidedText(second, Qt::ElideRight, label.width()));
}

}  // namespace medlocker::ui
