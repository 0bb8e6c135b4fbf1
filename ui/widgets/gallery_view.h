// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemView>

namespace medlocker::ui {

/// A grid of equal cells over a SampleModel: picture, name, class mark. Only what is visible is ever asked of
/// the model, so the number of rows does not matter. Keyboard: arrows, Page Up/Down, Home, End, Enter, and
/// typing the beginning of a name.
class GalleryView : public QAbstractItemView {
  Q_OBJECT
 public:
  explicit GalleryView(QWidget* parent = nullptr);

  QRect visualRect(const QModelIndex& index) const override;
  void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
  QModelIndex indexAt(const QPoint& point) const override;
  void reset() override;

 protected:
  QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
  int horizontalOffset() const override { return 0; }
  int verticalOffset() const override;
  bool isIndexHidden(const QModelIndex&) const override { return false; }
  void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags flags) override;
  QRegion visualRegionForSelection(const QItemSelection& selection) const override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void updateGeometries() override;
  void dataChanged(const QModelIndex& first, const QModelIndex& last, const QList<int>& roles) override;
  void rowsInserted(const QModelIndex& parent, int first, int last) override;

 private:
  int columns() const;
  QSize cellSize() const;
  void paintCell(QPainter& painter, const QModelIndex& index, const QRect& cell) const;
};

}  // namespace medlocker::ui
