// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>
#include <optional>
#include <vector>

#include "core/pipelines/dataset_browser.h"

namespace medlocker::ui {

/// Shows one picture with zoom and pan, lesion overlay, field of view and boxes; optionally lets a person
/// edit the boxes that are theirs. All coordinates outside are pixels of the full picture; the picture shown
/// may be a smaller preview of it.
///
/// Mouse: wheel zooms at the pointer, dragging pans (or draws a box with the draw tool), handles resize.
/// Keyboard: + and - zoom, 0 fits, 1 is one to one; with a box selected: arrows move it (Shift: ten pixels,
/// Ctrl: resize), Delete removes it, Tab selects the next, Escape none.
class ImageView : public QWidget {
  Q_OBJECT
 public:
  explicit ImageView(QWidget* parent = nullptr);

  /// `fullSize`: of the picture that `image` is a preview of.
  void setPicture(const QImage& image, const QSize& fullSize);
  void clear(const QString& message = {});
  void setOverlay(const QImage& mask);  ///< Format_Grayscale8, 0 or 255; null: none
  void setFrame(const std::optional<QRect>& frame);
  void setBoxes(std::vector<pipelines::RegionBox> boxes);
  const std::vector<pipelines::RegionBox>& boxes() const { return boxes_; }
  int selectedBox() const { return selected_; }
  void setSelectedBox(int index);

  void setOverlayVisible(bool visible);
  void setBoxesVisible(bool visible);
  void setEditable(bool editable) { editable_ = editable; }
  void setDrawing(bool drawing);
  bool isDrawing() const { return drawing_; }
  void fit();
  void zoomBy(double factor);
  double zoom() const { return scale_; }

  QRectF toWidget(const QRect& fullPicture) const;
  QPointF toPicture(const QPointF& widget) const;
  QSize sizeHint() const override { return {480, 400}; }

 Q_SIGNALS:
  void boxDrawn(const medlocker::pipelines::RegionBox& box);
  /// Moved or resized; `index` into boxes().
  void boxChanged(int index, const medlocker::pipelines::RegionBox& box, bool resized);
  void boxRemoved(int index);
  void selectionChanged(int index);
  void drawingChanged(bool drawing);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool focusNextPrevChild(bool next) override;

 private:
  enum class Drag { None, Pan, Draw, Move, Resize };

  void zoomAt(const QPointF& widget, double factor);
  void clampOffset();
  int boxAt(const QPointF& widget) const;
  /// Bit 0 left, 1 top, 2 right, 3 bottom; 0: none.
  int handleAt(const QPointF& widget) const;
  void moveSelected(int dx, int dy, bool resize);
  QRect rectOf(int index) const;
  QRect bounded(const QRect& rect, bool keepSize) const;

  QImage picture_;
  QSize fullSize_;
  QString message_;
  QImage overlay_;
  std::optional<QRect> frame_;
  std::vector<pipelines::RegionBox> boxes_;
  int selected_ = -1;
  bool overlayVisible_ = true;
  bool boxesVisible_ = true;
  bool editable_ = false;
  bool drawing_ = false;
  bool fitted_ = true;
  double scale_ = 1;  ///< widget pixels per picture pixel
  QPointF offset_;    ///< widget position of the picture's corner
  Drag drag_ = Drag::None;
  int handle_ = 0;
  QPointF dragStart_;
  QPointF offsetStart_;
  QRect dragRect_;
};

}  // namespace medlocker::ui
