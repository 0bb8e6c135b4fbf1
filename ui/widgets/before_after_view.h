// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

namespace medlocker::ui {

/// Two pictures of one scene, the first left of a divider and the second right of it. The divider follows the
/// mouse and the arrow keys.
class BeforeAfterView : public QWidget {
  Q_OBJECT
 public:
  explicit BeforeAfterView(QWidget* parent = nullptr);

  void setPictures(const QImage& before, const QImage& after);
  void clear(const QString& message);
  /// Share of the width that shows the first picture, 0..1.
  void setDivider(double share);
  double divider() const { return divider_; }
  QSize sizeHint() const override { return {420, 360}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QRectF target() const;

  QImage before_;
  QImage after_;
  QString message_;
  double divider_ = 0.5;
};

}  // namespace medlocker::ui
