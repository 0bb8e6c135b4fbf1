// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/image_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/services/theme.h"

namespace medlocker::ui {
namespace {

constexpr double kMaxScale = 32;
constexpr int kHandle = 7;       // half the side of a handle's target, widget pixels
constexpr int kSmallestBox = 4;  // picture pixels

}  // namespace

ImageView::ImageView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setMinimumSize(200, 160);
  setAccessibleName(tr("Image"));
}

void ImageView::setPicture(const QImage& image, const QSize& fullSize) {
  const bool sameSize = fullSize == fullSize_ && !picture_.isNull();
  picture_ = image;
  fullSize_ = fullSize;
  message_.clear();
  if (!sameSize || fitted_) fit();
  update();
}

void ImageView::clear(const QString& message) {
  picture_ = {};
  fullSize_ = {};
  overlay_ = {};
  frame_.reset();
  boxes_.clear();
  message_ = message;
  if (selected_ != -1) {
    selected_ = -1;
    Q_EMIT selectionChanged(-1);
  }
  update();
}

void ImageView::setOverlay(const QImage& mask) {
  if (mask.isNull()) {
    overlay_ = {};
  } else {
    overlay_ = QImage(mask.size(), QImage::Format_ARGB32_Premultiplied);
    overlay_.fill(Qt::transparent);
    const QRgb tint = qPremultiply(qRgba(0x3D, 0xF0, 0xA0, 0x90));
    for (int y = 0; y < mask.height(); ++y) {
      const uchar* from = mask.constScanLine(y);
      auto* to = reinterpret_cast<QRgb*>(overlay_.scanLine(y));
      for (int x = 0; x < mask.width(); ++x)
        if (from[x] != 0) to[x] = tint;
    }
  }
  update();
}

void ImageView::setFrame(const std::optional<QRect>& frame) {
  frame_ = frame;
  update();
}

void ImageView::setBoxes(std::vector<pipelines::RegionBox> boxes) {
  boxes_ = std::move(boxes);
  if (selected_ >= static_cast<int>(boxes_.size())) setSelectedBox(-1);
  update();
}

void ImageView::setSelectedBox(int index) {
  const int wanted = index >= 0 && index < static_cast<int>(boxes_.size()) ? index : -1;
  if (wanted == selected_) return;
  selected_ = wanted;
  update();
  Q_EMIT selectionChanged(selected_);
}

void ImageView::setOverlayVisible(bool visible) {
  overlayVisible_ = visible;
  update();
}

void ImageView::setBoxesVisible(bool visible) {
  boxesVisible_ = visible;
  update();
}

void ImageView::setDrawing(bool drawing) {
  if (drawing_ == drawing) return;
  drawing_ = drawing;
  setCursor(drawing_ ? Qt::CrossCursor : Qt::ArrowCursor);
  Q_EMIT drawingChanged(drawing_);
}

void ImageView::fit() {
  fitted_ = true;
  if (fullSize_.isEmpty() || width() <= 0 || height() <= 0) return;
  scale_ = std::min(static_cast<double>(width()) / fullSize_.width(),
                    static_cast<double>(height()) / fullSize_.height());
  scale_ = std::min(scale_, kMaxScale);
  clampOffset();
  update();
}

void ImageView::zoomBy(double factor) {
  zoomAt(rect().center(), factor);
}

void ImageView::zoomAt(const QPointF& widget, double factor) {
  if (picture_.isNull()) return;
  const double smallest = std::min({1.0, static_cast<double>(width()) / fullSize_.width(),
                                    static_cast<double>(height()) / fullSize_.height()});
  const QPointF fixed = toPicture(widget);
  scale_ = std::clamp(scale_ * factor, smallest, kMaxScale);
  offset_ = widget - fixed * scale_;
  fitted_ = false;
  clampOffset();
  update();
}

void ImageView::clampOffset() {
  const double w = fullSize_.width() * scale_;
  const double h = fullSize_.height() * scale_;
  offset_.setX(w <= width() ? (width() - w) / 2 : std::clamp(offset_.x(), width() - w, 0.0));
  offset_.setY(h <= height() ? (height() - h) / 2 : std::clamp(offset_.y(), height() - h, 0.0));
}

QRectF ImageView::toWidget(const QRect& box) const {
  return {offset_.x() + box.x() * scale_, offset_.y() + box.y() * scale_, box.width() * scale_,
          box.height() * scale_};
}

QPointF ImageView::toPicture(const QPointF& widget) const {
  return (widget - offset_) / scale_;
}

QRect ImageView::rectOf(int index) const {
  const pipelines::RegionBox& box = boxes_.at(static_cast<std::size_t>(index));
  return {box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0};
}

QRect ImageView::bounded(const QRect& rect, bool keepSize) const {
  QRect result = rect.normalized();
  if (keepSize) {
    result.moveLeft(std::clamp(result.left(), 0, std::max(0, fullSize_.width() - result.width())));
    result.moveTop(std::clamp(result.top(), 0, std::max(0, fullSize_.height() - result.height())));
    return result;
  }
  return result.intersected(QRect(QPoint(0, 0), fullSize_));
}

int ImageView::boxAt(const QPointF& widget) const {
  // The smallest box wins: a large one would otherwise hide those inside it.
  int found = -1;
  double area = 0;
  for (int i = 0; i < static_cast<int>(boxes_.size()); ++i) {
    const QRectF shown = toWidget(rectOf(i)).adjusted(-2, -2, 2, 2);
    if (!shown.contains(widget)) continue;
    if (found < 0 || shown.width() * shown.height() < area) {
      found = i;
      area = shown.width() * shown.height();
    }
  }
  return found;
}

int ImageView::handleAt(const QPointF& widget) const {
  if (selected_ < 0 || !editable_ || boxes_[static_cast<std::size_t>(selected_)].source != "user") return 0;
  const QRectF shown = toWidget(rectOf(selected_));
  if (!shown.adjusted(-kHandle, -kHandle, kHandle, kHandle).contains(widget)) return 0;
  int handle = 0;
  if (std::abs(widget.x() - shown.left()) <= kHandle) handle |= 1;
  if (std::abs(widget.y() - shown.top()) <= kHandle) handle |= 2;
  if (std::abs(widget.x() - shown.right()) <= kHandle) handle |= 4;
  if (std::abs(widget.y() - shown.bottom()) <= kHandle) handle |= 8;
  if ((handle & 5) == 5) handle &= ~4;
  if ((handle & 10) == 10) handle &= ~8;
  return handle;
}

void ImageView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), pictureGround());
  if (picture_.isNull()) {
    painter.setPen(pictureTextColour());
    painter.drawText(rect().adjusted(16, 16, -16, -16), Qt::AlignCenter | Qt::TextWordWrap,
                     message_.isEmpty() ? tr("No image") : message_);
    return;
  }
  const QRectF target = toWidget(QRect(QPoint(0, 0), fullSize_));
  // Single pixels are looked at when magnified: then no smoothing.
  painter.setRenderHint(QPainter::SmoothPixmapTransform, scale_ < 4);
  painter.drawImage(target, picture_);
  if (overlayVisible_ && !overlay_.isNull()) painter.drawImage(target, overlay_);
  painter.setRenderHint(QPainter::Antialiasing);
  if (boxesVisible_) {
    if (frame_) {
      painter.setPen(QPen(QColor(255, 255, 255, 110), 1, Qt::DotLine));
      painter.setBrush(Qt::NoBrush);
      painter.drawRect(toWidget(*frame_));
    }
    for (int i = 0; i < static_cast<int>(boxes_.size()); ++i) {
      const pipelines::RegionBox& box = boxes_[static_cast<std::size_t>(i)];
      const bool mine = box.source == "user";
      const bool isRemoved = box.source == "removed";
      QColor colour = lesionColour(mine ? QStringLiteral("USER") : QString::fromStdString(box.kind));
      if (isRemoved) colour = QColor(0x9A, 0xA3, 0xAB);
      QPen pen(colour, i == selected_ ? 2.5 : 1.4,
               isRemoved ? Qt::DotLine
               : mine    ? Qt::SolidLine
                         : Qt::DashLine);
      painter.setPen(pen);
      painter.setBrush(i == selected_ ? QColor(colour.red(), colour.green(), colour.blue(), 40)
                                      : QColor(Qt::transparent));
      const QRectF shown = i == selected_ && (drag_ == Drag::Move || drag_ == Drag::Resize)
                               ? toWidget(dragRect_)
                               : toWidget(rectOf(i));
      painter.drawRect(shown);
      if (i == selected_ && editable_ && mine) {
        painter.setBrush(colour);
        painter.setPen(QPen(Qt::black, 1));
        for (const QPointF& corner :
             {shown.topLeft(), shown.topRight(), shown.bottomLeft(), shown.bottomRight()})
          painter.drawRect(QRectF(corner - QPointF(3.5, 3.5), QSizeF(7, 7)));
      }
    }
  }
  if (drag_ == Drag::Draw) {
    painter.setPen(QPen(lesionColour(QStringLiteral("USER")), 2));
    painter.setBrush(QColor(0x3D, 0xF0, 0xA0, 40));
    painter.drawRect(toWidget(dragRect_));
  }
  if (hasFocus()) {
    painter.setPen(QPen(accentColour(), 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

void ImageView::resizeEvent(QResizeEvent*) {
  if (fitted_)
    fit();
  else
    clampOffset();
}

void ImageView::wheelEvent(QWheelEvent* event) {
  zoomAt(event->position(), std::pow(1.0015, event->angleDelta().y()));
  event->accept();
}

void ImageView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || picture_.isNull()) return;
  dragStart_ = event->position();
  offsetStart_ = offset_;
  if (editable_ && drawing_) {
    drag_ = Drag::Draw;
    dragRect_ = QRect(toPicture(dragStart_).toPoint(), QSize(1, 1));
    return;
  }
  handle_ = handleAt(dragStart_);
  if (handle_ != 0) {
    drag_ = Drag::Resize;
    dragRect_ = rectOf(selected_);
    return;
  }
  const int hit = boxesVisible_ ? boxAt(dragStart_) : -1;
  setSelectedBox(hit);
  if (hit >= 0 && editable_ && boxes_[static_cast<std::size_t>(hit)].source == "user") {
    drag_ = Drag::Move;
    dragRect_ = rectOf(hit);
  } else {
    drag_ = Drag::Pan;
  }
}

void ImageView::mouseMoveEvent(QMouseEvent* event) {
  const QPointF position = event->position();
  switch (drag_) {
    case Drag::Pan:
      offset_ = offsetStart_ + (position - dragStart_);
      fitted_ = false;
      clampOffset();
      break;
    case Drag::Draw: {
      const QPointF a = toPicture(dragStart_);
      const QPointF b = toPicture(position);
      dragRect_ = bounded(QRect(QPoint(static_cast<int>(std::floor(std::min(a.x(), b.x()))),
                                       static_cast<int>(std::floor(std::min(a.y(), b.y())))),
                                QSize(static_cast<int>(std::ceil(std::abs(a.x() - b.x()))) + 1,
                                      static_cast<int>(std::ceil(std::abs(a.y() - b.y()))) + 1)),
                          false);
      break;
    }
    case Drag::Move: {
      const QPointF by = (position - dragStart_) / scale_;
      dragRect_ = bounded(rectOf(selected_).translated(qRound(by.x()), qRound(by.y())), true);
      break;
    }
    case Drag::Resize: {
      const QPointF by = (position - dragStart_) / scale_;
      QRect box = rectOf(selected_);
      if (handle_ & 1) box.setLeft(std::min(box.left() + qRound(by.x()), box.right() - kSmallestBox + 1));
      if (handle_ & 2) box.setTop(std::min(box.top() + qRound(by.y()), box.bottom() - kSmallestBox + 1));
      if (handle_ & 4) box.setRight(std::max(box.right() + qRound(by.x()), box.left() + kSmallestBox - 1));
      if (handle_ & 8) box.setBottom(std::max(box.bottom() + qRound(by.y()), box.top() + kSmallestBox - 1));
      dragRect_ = bounded(box, false);
      break;
    }
    case Drag::None: {
      if (drawing_) return;
      const int handle = handleAt(position);
      setCursor(handle == 3 || handle == 12  ? Qt::SizeFDiagCursor
                : handle == 6 || handle == 9 ? Qt::SizeBDiagCursor
                : handle == 1 || handle == 4 ? Qt::SizeHorCursor
                : handle == 2 || handle == 8 ? Qt::SizeVerCursor
                                             : Qt::ArrowCursor);
      return;
    }
  }
  update();
}

void ImageView::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const Drag ended = std::exchange(drag_, Drag::None);
  if (ended == Drag::Draw) {
    setDrawing(false);
    if (dragRect_.width() >= kSmallestBox && dragRect_.height() >= kSmallestBox)
      Q_EMIT boxDrawn({dragRect_.left(), dragRect_.top(), dragRect_.left() + dragRect_.width(),
                       dragRect_.top() + dragRect_.height(), "OTHER", "user"});
  } else if ((ended == Drag::Move || ended == Drag::Resize) && dragRect_ != rectOf(selected_)) {
    pipelines::RegionBox box = boxes_[static_cast<std::size_t>(selected_)];
    box.x0 = dragRect_.left();
    box.y0 = dragRect_.top();
    box.x1 = dragRect_.left() + dragRect_.width();
    box.y1 = dragRect_.top() + dragRect_.height();
    Q_EMIT boxChanged(selected_, box, ended == Drag::Resize);
  }
  update();
}

void ImageView::mouseDoubleClickEvent(QMouseEvent*) {
  fit();
}

void ImageView::moveSelected(int dx, int dy, bool resize) {
  if (selected_ < 0 || !editable_ || boxes_[static_cast<std::size_t>(selected_)].source != "user") return;
  QRect rect = rectOf(selected_);
  if (resize) {
    rect.setWidth(std::max(kSmallestBox, rect.width() + dx));
    rect.setHeight(std::max(kSmallestBox, rect.height() + dy));
    rect = bounded(rect, false);
  } else {
    rect = bounded(rect.translated(dx, dy), true);
  }
  pipelines::RegionBox box = boxes_[static_cast<std::size_t>(selected_)];
  box.x0 = rect.left();
  box.y0 = rect.top();
  box.x1 = rect.left() + rect.width();
  box.y1 = rect.top() + rect.height();
  Q_EMIT boxChanged(selected_, box, resize);
}

bool ImageView::focusNextPrevChild(bool next) {
  // Tab goes through the boxes first, then to the next control, so that nothing is out of a keyboard's reach.
  const int wanted = selected_ + (next ? 1 : -1);
  if (boxesVisible_ && wanted >= 0 && wanted < static_cast<int>(boxes_.size())) {
    setSelectedBox(wanted);
    return true;
  }
  setSelectedBox(-1);
  return QWidget::focusNextPrevChild(next);
}

void ImageView::keyPressEvent(QKeyEvent* event) {
  const int step = event->modifiers() & Qt::ShiftModifier ? 10 : 1;
  const bool resize = event->modifiers() & Qt::ControlModifier;
  const bool hasBox = selected_ >= 0;
  switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoomBy(1.25);
      return;
    case Qt::Key_Minus:
      zoomBy(0.8);
      return;
    case Qt::Key_0:
      fit();
      return;
    case Qt::Key_1:
      zoomBy(1 / scale_);
      return;
    case Qt::Key_Escape:
      setDrawing(false);
      setSelectedBox(-1);
      return;
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
      if (hasBox && editable_) Q_EMIT boxRemoved(selected_);
      return;
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
      if (!hasBox) break;
      moveSelected(event->key() == Qt::Key_Left    ? -step
                   : event->key() == Qt::Key_Right ? step
                                                   : 0,
                   event->key() == Qt::Key_Up     ? -step
                   : event->key() == Qt::Key_Down ? step
                                                  : 0,
                   resize);
      return;
    default:
      break;
  }
  QWidget::keyPressEvent(event);
}

}  // namespace medlocker::ui
