// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QImage>
#include <QPixmap>
#include <QString>
#include <QWidget>
#include <vector>

#include "core/pipelines/search_monitor.h"

namespace medlocker::ui {

/// Colour of a candidate by how many of the others it beats, 0..1: dark blue over green to yellow, in rising
/// lightness, so that it can be told without seeing colours. Better ones have thicker lines too.
QColor candidateColour(double share);

/// Share of the others that each place beats (a lower objective wins), 0..1; equal places share the middle of
/// their ranks.
std::vector<double> ranksOf(const std::vector<pipelines::TriedPlace>& places);

/// The picture in which a logo's place is searched: lesions, the candidates, the best one.
class SearchView : public QWidget {
  Q_OBJECT
 public:
  explicit SearchView(QWidget* parent = nullptr);

  /// `picture`: a preview of the search's image; may be null while it is read.
  void setSearch(const QImage& picture, const pipelines::ImageSearch& search);
  void clear(const QString& message);
  const pipelines::ImageSearch& search() const { return search_; }
  /// Where a place is drawn; empty without an image.
  QRectF toWidget(const pipelines::TriedPlace& place) const;
  QSize sizeHint() const override { return {420, 360}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QRectF target() const;
  QRectF toWidget(int x0, int y0, int x1, int y1) const;
  /// Picture, lesions and legend in the size of this widget.
  const QPixmap& background();
  void drawRegions(QPainter& painter) const;
  void drawCandidates(QPainter& painter) const;
  void drawBest(QPainter& painter) const;
  void drawLegend(QPainter& painter) const;

  QImage picture_;
  QPixmap background_;  ///< null: to be drawn anew
  pipelines::ImageSearch search_;
  QString message_;
};

}  // namespace medlocker::ui
