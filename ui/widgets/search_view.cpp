// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/search_view.h"

#include <QLinearGradient>
#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ui/services/text.h"
#include "ui/services/theme.h"

namespace medlocker::ui {
namespace {

constexpr int kLegendHeight = 26;

}  // namespace

QColor candidateColour(double share) {
  // Stops of a scale with even steps in lightness.
  static const std::array<QColor, 5> kStops{QColor(0x46, 0x3A, 0x8C), QColor(0x2E, 0x75, 0x9F),
                                            QColor(0x1F, 0xA1, 0x87), QColor(0x8F, 0xD1, 0x4A),
                                            QColor(0xFD, 0xE7, 0x25)};
  const double at = std::clamp(share, 0.0, 1.0) * (kStops.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(at), kStops.size() - 2);
  const double part = at - static_cast<double>(below);
  const QColor& a = kStops[below];
  const QColor& b = kStops[below + 1];
  const auto mix = [part](int from, int to) {
    return static_cast<int>(std::lround(from + part * (to - from)));
  };
  return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

std::vector<double> ranksOf(const std::vector<pipelines::TriedPlace>& places) {
  std::vector<double> sorted;
  for (const pipelines::TriedPlace& place : places) sorted.push_back(place.objective);
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> ranks;
  for (const pipelines::TriedPlace& place : places) {
    const auto [first, end] = std::equal_range(sorted.begin(), sorted.end(), place.objective);
    // Equal places share the middle of their ranks.
    const double rank = static_cast<double>((first - sorted.begin()) + (end - 1 - sorted.begin())) / 2;
    ranks.push_back(sorted.size() > 1 ? 1 - rank / static_cast<double>(sorted.size() - 1) : 1);
  }
  return ranks;
}

SearchView::SearchView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(180, 150);
  setAccessibleName(tr("Search in the current image"));
}

void SearchView::setSearch(const QImage& picture, const pipelines::ImageSearch& search) {
  // The picture and what must stay uncovered change with the image only.
  if (search.item != search_.item || picture.cacheKey() != picture_.cacheKey() ||
      search.lesions != search_.lesions)
    background_ = {};
  picture_ = picture;
  search_ = search;
  message_.clear();
  update();
}

void SearchView::clear(const QString& message) {
  picture_ = {};
  background_ = {};
  search_ = {};
  message_ = message;
  update();
}

QRectF SearchView::target() const {
  if (search_.width <= 0 || search_.height <= 0) return {};
  const QSizeF room(width(), height() - kLegendHeight);
  const QSizeF size = QSizeF(search_.width, search_.height).scaled(room, Qt::KeepAspectRatio);
  return {(room.width() - size.width()) / 2, (room.height() - size.height()) / 2, size.width(),
          size.height()};
}

QRectF SearchView::toWidget(int x0, int y0, int x1, int y1) const {
  const QRectF area = target();
  if (area.isEmpty()) return {};
  const double scale = area.width() / search_.width;
  return {area.left() + x0 * scale, area.top() + y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale};
}

QRectF SearchView::toWidget(const pipelines::TriedPlace& place) const {
  return toWidget(place.x0, place.y0, place.x1, place.y1);
}

void SearchView::resizeEvent(QResizeEvent* event) {
  background_ = {};
  QWidget::resizeEvent(event);
}

void SearchView::changeEvent(QEvent* event) {
  background_ = {};
  QWidget::changeEvent(event);
}

const QPixmap& SearchView::background() {
  if (!background_.isNull()) return background_;
  background_ = QPixmap(size() * devicePixelRatioF());
  background_.setDevicePixelRatio(devicePixelRatioF());
  background_.fill(pictureGround());
  QPainter painter(&background_);
  painter.setFont(font());
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  if (picture_.isNull())
    painter.fillRect(target(), QColor(0x3A, 0x42, 0x4A));  // it is still read
  else
    painter.drawImage(target(), picture_);
  painter.setRenderHint(QPainter::Antialiasing);
  drawRegions(painter);
  drawLegend(painter);
  return background_;
}

void SearchView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  if (target().isEmpty()) {
    painter.fillRect(rect(), pictureGround());
    painter.setPen(pictureTextColour());
    painter.drawText(rect().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap, message_);
    return;
  }
  painter.drawPixmap(0, 0, background());
  drawCandidates(painter);  // many straight lines: not smoothed, which is several times faster
  painter.setRenderHint(QPainter::Antialiasing);
  drawBest(painter);
}

void SearchView::drawRegions(QPainter& painter) const {
  painter.setBrush(Qt::NoBrush);
  if (search_.hasFieldOfView) {
    const pipelines::RegionBox& frame = search_.frame;
    painter.setPen(QPen(QColor(255, 255, 255, 90), 1, Qt::DotLine));
    painter.drawRect(toWidget(frame.x0, frame.y0, frame.x1, frame.y1));
  }
  for (const pipelines::RegionBox& box : search_.lesions) {
    painter.setPen(QPen(lesionColour(text(box.kind)), 1.4, Qt::DashLine));
    painter.drawRect(toWidget(box.x0, box.y0, box.x1, box.y1));
  }
}

void SearchView::drawCandidates(QPainter& painter) const {
  const std::vector<double> ranks = ranksOf(search_.tried);
  std::vector<std::size_t> order(search_.tried.size());
  std::iota(order.begin(), order.end(), 0);
  // The better ones lie on top.
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return ranks[a] < ranks[b]; });
  painter.setBrush(Qt::NoBrush);
  for (const std::size_t i : order) {
    QColor colour = candidateColour(ranks[i]);
    colour.setAlphaF(0.3 + 0.4 * ranks[i]);
    painter.setPen(QPen(colour, ranks[i] > 0.7 ? 2 : 1));
    painter.drawRect(toWidget(search_.tried[i]).toRect());
  }
}

void SearchView::drawBest(QPainter& painter) const {
  if (!search_.best) return;
  const QRectF box = toWidget(*search_.best);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(Qt::black, 6));
  painter.drawRect(box);
  painter.setPen(QPen(Qt::white, 3));
  painter.drawRect(box);
  const QString label = tr("★ Best %1").arg(QLocale().toString(search_.best->objective, 'f', 2));
  const int w = fontMetrics().horizontalAdvance(label) + 12;
  const int h = fontMetrics().height() + 4;
  QRectF place(box.left() - 3, box.top() - h - 5, w, h);
  if (place.top() < 2) place.moveTop(box.bottom() + 5);
  place.moveLeft(std::clamp(place.left(), 2.0, std::max(2.0, width() - w - 2.0)));
  painter.setPen(Qt::NoPen);
  painter.setBrush(Qt::white);
  painter.drawRoundedRect(place, 3, 3);
  painter.setPen(QColor(0x1B, 0x26, 0x30));
  painter.drawText(place, Qt::AlignCenter, label);
}

void SearchView::drawLegend(QPainter& painter) const {
  const double middle = height() - kLegendHeight / 2.0;
  const QColor textColour(0xE4, 0xE9, 0xEE);
  double x = 10;
  const auto say = [&](const QString& words) {
    const int w = fontMetrics().horizontalAdvance(words);
    painter.setPen(textColour);
    painter.drawText(QRectF(x, middle - 12, w + 2, 24), Qt::AlignLeft | Qt::AlignVCenter, words);
    x += w + 6;
  };
  say(tr("worse"));
  const QRectF bar(x, middle - 5, 70, 10);
  QLinearGradient gradient(bar.topLeft(), bar.topRight());
  for (const double at : {0.0, 0.25, 0.5, 0.75, 1.0}) gradient.setColorAt(at, candidateColour(at));
  painter.fillRect(bar, gradient);
  x += bar.width() + 6;
  say(tr("better"));
  x += 12;
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(lesionColour(QStringLiteral("OTHER")), 1.4, Qt::DashLine));
  painter.drawRect(QRectF(x, middle - 6, 18, 12));
  x += 24;
  say(tr("lesion"));
}

}  // namespace medlocker::ui
