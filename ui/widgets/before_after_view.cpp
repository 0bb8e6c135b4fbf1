// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/before_after_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

#include "ui/services/theme.h"

namespace medlocker::ui {

BeforeAfterView::BeforeAfterView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(180, 150);
  setAccessibleName(tr("Before and after"));
  setAccessibleDescription(tr("Left and right arrow keys move the divider"));
  setCursor(Qt::SplitHCursor);
}

void BeforeAfterView::setPictures(const QImage& before, const QImage& after) {
  before_ = before;
  after_ = after;
  message_.clear();
  update();
}

void BeforeAfterView::clear(const QString& message) {
  before_ = {};
  after_ = {};
  message_ = message;
  update();
}

void BeforeAfterView::setDivider(double share) {
  divider_ = std::clamp(share, 0.0, 1.0);
  update();
}

QRectF BeforeAfterView::target() const {
  const QImage& any = before_.isNull() ? after_ : before_;
  if (any.isNull()) return {};
  const QSizeF size = QSizeF(any.size()).scaled(QSizeF(this->size()), Qt::KeepAspectRatio);
  return {(width() - size.width()) / 2, (height() - size.height()) / 2, size.width(), size.height()};
}

void BeforeAfterView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.fillRect(rect(), pictureGround());
  const QRectF area = target();
  if (area.isEmpty()) {
    painter.setPen(pictureTextColour());
    painter.drawText(rect().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap, message_);
    return;
  }
  // One picture alone has nothing to be compared with.
  if (before_.isNull() || after_.isNull()) {
    painter.drawImage(area, before_.isNull() ? after_ : before_);
    return;
  }
  const double x = area.left() + divider_ * area.width();
  painter.drawImage(area, after_);
  painter.save();
  painter.setClipRect(QRectF(area.left(), area.top(), x - area.left(), area.height()));
  painter.drawImage(area, before_);
  painter.restore();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(Qt::white, 2));
  painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
  painter.setBrush(Qt::white);
  painter.setPen(Qt::NoPen);
  painter.drawEllipse(QPointF(x, area.center().y()), 9, 9);
  painter.setPen(QPen(QColor(0x1B, 0x26, 0x30), 1.6));
  painter.drawLine(QPointF(x - 4, area.center().y()), QPointF(x + 4, area.center().y()));

  const auto caption = [&](const QString& text, bool left) {
    const int w = fontMetrics().horizontalAdvance(text) + 14;
    const QRectF box(left ? area.left() + 8 : area.right() - w - 8,
                     area.bottom() - fontMetrics().height() - 14, w, fontMetrics().height() + 6);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0, 0, 0, 150));
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(Qt::white);
    painter.drawText(box, Qt::AlignCenter, text);
  };
  caption(tr("Original"), true);
  caption(tr("Protected"), false);
  if (hasFocus()) {
    painter.setPen(QPen(accentColour(), 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

void BeforeAfterView::mousePressEvent(QMouseEvent* event) {
  mouseMoveEvent(event);
}

void BeforeAfterView::mouseMoveEvent(QMouseEvent* event) {
  const QRectF area = target();
  if (!(event->buttons() & Qt::LeftButton) || area.isEmpty()) return;
  setDivider((event->position().x() - area.left()) / area.width());
}

void BeforeAfterView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Left)
    setDivider(divider_ - 0.05);
  else if (event->key() == Qt::Key_Right)
    setDivider(divider_ + 0.05);
  else
    QWidget::keyPressEvent(event);
}

}  // namespace medlocker::ui
