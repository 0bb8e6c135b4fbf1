// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/reports/pdf_document.h"

#include <QApplication>
#include <QGraphicsScene>
#include <QMarginsF>
#include <QPainter>
#include <QTextOption>
#include <QtCharts/QAbstractAxis>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>
#include <algorithm>
#include <numeric>

#include "core/common/files.h"
#include "core/common/run_record.h"
#include "ui/app_state.h"
#include "ui/charts/heat_map.h"
#include "ui/services/theme.h"

namespace medlocker::ui {
namespace {

constexpr int kResolution = 720;
constexpr double kMarginMillimetres = 20;
constexpr double kChartWidth = 760;  // pixels of the layout that is scaled onto the page
const QColor kInk(0x1B, 0x26, 0x30);
const QColor kMuted(0x5A, 0x66, 0x70);
const QColor kAccent(0x0B, 0x6E, 0x7F);
const QColor kLine(0xC9, 0xD1, 0xD8);

/// PdfTexts of this file, for the translators.
class PdfTexts {
  Q_DECLARE_TR_FUNCTIONS(PdfDocument)
};

/// At words; names and paths longer than a line anywhere.
QTextOption wrapping() {
  QTextOption option;
  option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  return option;
}

bool isNumeric(const QString& cell) {
  return cell.isEmpty() || cell.front().isDigit() || cell.startsWith(QChar(0x2013)) ||
         cell.startsWith(QLatin1Char('-')) || cell.startsWith(QChar(0x2212));
}

}  // namespace

PdfDocument::PdfDocument(const QString& title, Paper paper)
    : title_(title), buffer_(&bytes_), writer_(nullptr) {
  buffer_.open(QIODevice::WriteOnly);
  writer_ = std::make_unique<QPdfWriter>(&buffer_);
  writer_->setPageSize(QPageSize(paper == Paper::A4 ? QPageSize::A4 : QPageSize::Letter));
  writer_->setPageMargins(
      QMarginsF(kMarginMillimetres, kMarginMillimetres, kMarginMillimetres, kMarginMillimetres),
      QPageLayout::Millimeter);
  writer_->setResolution(kResolution);
  writer_->setTitle(title);
  writer_->setCreator(QStringLiteral("MedLocker ") + QString::fromLatin1(kVersion));
  painter_ = std::make_unique<QPainter>(writer_.get());
  painter_->setRenderHint(QPainter::Antialiasing);
  width_ = writer_->width();
  bottom_ = writer_->height() - points(22);
}

PdfDocument::~PdfDocument() {
  if (painter_ && painter_->isActive()) painter_->end();
}

QFont PdfDocument::font(double size, bool bold) const {
  QFont result = QApplication::font();
  result.setPointSizeF(size);
  result.setBold(bold);
  return result;
}

double PdfDocument::textHeight(const QString& text, const QFont& font, double width) const {
  const QFontMetricsF metrics(font, writer_.get());
  const QRectF room(0, 0, width, 1e7);
  return std::max(metrics.boundingRect(room, Qt::TextWordWrap, text).height(),
                  metrics.boundingRect(room, Qt::TextWrapAnywhere, text).height());
}

void PdfDocument::titlePage(const QString& kind, const QString& subject, const QString& sentence,
                            const Facts& facts, const QString& footnote) {
  QPainter& p = *painter_;
  p.fillRect(QRectF(0, points(6), width_, points(4)), kAccent);
  y_ = points(84);
  p.setPen(kAccent);
  p.setFont(font(13, true));
  p.drawText(QRectF(0, y_, width_, points(20)), Qt::AlignLeft, kind);
  y_ += points(28);
  p.setPen(kInk);
  const QFont large = font(27, true);
  const double height = textHeight(subject, large, width_);
  p.setFont(large);
  p.drawText(QRectF(0, y_, width_, height), Qt::TextWordWrap, subject);
  y_ += height + points(14);
  p.setPen(kMuted);
  const QFont medium = font(12);
  p.setFont(medium);
  const double sentenceHeight = textHeight(sentence, medium, width_ * 0.86);
  p.drawText(QRectF(0, y_, width_ * 0.86, sentenceHeight), Qt::TextWordWrap, sentence);
  y_ += sentenceHeight + points(34);
  this->facts(facts);
  const QFont small = font(9);
  const double noteHeight = textHeight(footnote, small, width_);
  p.setFont(small);
  p.setPen(kMuted);
  p.drawText(QRectF(0, bottom_ - noteHeight - points(10), width_, noteHeight), Qt::TextWordWrap, footnote);
  newPage();
}

void PdfDocument::facts(const Facts& facts) {
  const QFont label = font(10, true);
  const QFont value = font(10);
  const double split = width_ * 0.27;
  for (const auto& [name, content] : facts) {
    const double height =
        std::max(textHeight(name, label, split - points(8)), textHeight(content, value, width_ - split));
    need(height + points(5));
    painter_->setPen(kMuted);
    painter_->setFont(label);
    painter_->drawText(QRectF(0, y_, split - points(8), height), Qt::TextWordWrap, name);
    painter_->setPen(kInk);
    painter_->setFont(value);
    painter_->drawText(QRectF(split, y_, width_ - split, height), content, wrapping());
    y_ += height + points(5);
  }
  y_ += points(6);
}

void PdfDocument::need(double height) {
  if (height > room()) newPage();
}

void PdfDocument::drawFooter() {
  painter_->setPen(QPen(kLine, points(0.5)));
  painter_->drawLine(QPointF(0, bottom_ + points(8)), QPointF(width_, bottom_ + points(8)));
  painter_->setPen(kMuted);
  painter_->setFont(font(8));
  const QRectF line(0, bottom_ + points(10), width_, points(12));
  painter_->drawText(line, Qt::AlignLeft | Qt::AlignVCenter, title_);
  painter_->drawText(line, Qt::AlignRight | Qt::AlignVCenter, PdfTexts::tr("Page %1").arg(page_));
}

void PdfDocument::newPage() {
  drawFooter();
  writer_->newPage();
  ++page_;
  y_ = 0;
}

void PdfDocument::text(const QString& content, const QFont& used, double indent, double after) {
  // Paragraph by paragraph; one that does not fit goes to the next page as a whole.
  const double width = width_ - indent;
  const double height = textHeight(content, used, width);
  need(height);
  painter_->setFont(used);
  painter_->drawText(QRectF(indent, y_, width, height + points(2)), Qt::TextWordWrap, content);
  y_ += height + points(after);
}

void PdfDocument::heading(const QString& content) {
  // A heading stays with what follows.
  if (y_ > 0) y_ += points(12);
  need(points(90));
  painter_->setPen(kAccent);
  text(content, font(16, true), 0, 6);
}

void PdfDocument::subheading(const QString& content) {
  if (y_ > 0) y_ += points(6);
  need(points(70));
  painter_->setPen(kInk);
  text(content, font(12, true), 0, 4);
}

void PdfDocument::paragraph(const QString& content) {
  painter_->setPen(kInk);
  text(content, font(10), 0, 6);
}

void PdfDocument::bullet(const QString& content) {
  const QFont used = font(10);
  need(textHeight(content, used, width_ - points(14)));
  painter_->setPen(Qt::NoPen);
  painter_->setBrush(kAccent);
  painter_->drawEllipse(QPointF(points(4), y_ + points(7)), points(1.8), points(1.8));
  painter_->setBrush(Qt::NoBrush);
  painter_->setPen(kInk);
  text(content, used, points(14), 5);
}

void PdfDocument::caption(const QString& content) {
  if (content.isEmpty()) return;
  painter_->setPen(kMuted);
  text(content, font(8.5), 0, 10);
}

void PdfDocument::table(const ChartTable& table, const QString& captionText) {
  const auto columns = static_cast<std::size_t>(table.header.size());
  if (columns == 0) return;
  const QFont cell = font(8.5);
  const QFont head = font(8.5, true);
  const QFontMetricsF cellMetrics(cell, writer_.get());
  const QFontMetricsF headMetrics(head, writer_.get());
  const double pad = points(4);
  // A column is as wide as its widest word at least, and shares what is left by its longest text.
  std::vector<double> least(columns);
  std::vector<double> wanted(columns);
  std::vector<bool> numeric(columns, true);
  for (std::size_t c = 0; c < columns; ++c) {
    const auto measure = [&](const QString& content, const QFontMetricsF& metrics) {
      for (const QString& word : content.split(QLatin1Char(' ')))
        least[c] = std::max(least[c], std::min(metrics.horizontalAdvance(word) + 2 * pad, width_ * 0.3));
      wanted[c] = std::max(wanted[c], std::min(metrics.horizontalAdvance(content) + 2 * pad, width_ * 0.45));
    };
    measure(table.header[static_cast<int>(c)], headMetrics);
    for (const QStringList& row : table.rows) {
      measure(row.value(static_cast<int>(c)), cellMetrics);
      if (c == 0 || !isNumeric(row.value(static_cast<int>(c)))) numeric[c] = false;
    }
  }
  const double leastSum = std::accumulate(least.begin(), least.end(), 0.0);
  const double wantedSum = std::accumulate(wanted.begin(), wanted.end(), 0.0);
  std::vector<double> widths = wanted;
  if (wantedSum > width_) {
    const double share =
        wantedSum > leastSum ? std::max(0.0, (width_ - leastSum) / (wantedSum - leastSum)) : 0;
    for (std::size_t c = 0; c < columns; ++c) widths[c] = least[c] + share * (wanted[c] - least[c]);
    const double sum = std::accumulate(widths.begin(), widths.end(), 0.0);
    if (sum > width_)
      for (double& w : widths) w *= width_ / sum;
  }
  const double total = std::accumulate(widths.begin(), widths.end(), 0.0);
  const auto rowHeight = [&](const QStringList& row, const QFont& used) {
    double height = 0;
    for (std::size_t c = 0; c < columns; ++c)
      height = std::max(height, textHeight(row.value(static_cast<int>(c)), used, widths[c] - 2 * pad));
    return height + points(5);
  };
  const auto drawRow = [&](const QStringList& row, const QFont& used, double height) {
    painter_->setFont(used);
    painter_->setPen(kInk);
    double x = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      painter_->drawText(QRectF(x + pad, y_, widths[c] - 2 * pad, height),
                         (numeric[c] ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter | Qt::TextWordWrap,
                         row.value(static_cast<int>(c)));
      x += widths[c];
    }
    y_ += height;
  };
  const double headHeight = rowHeight(table.header, head);
  const auto drawHead = [&] {
    painter_->fillRect(QRectF(0, y_, total, headHeight), QColor(0xE9, 0xF1, 0xF3));
    drawRow(table.header, head, headHeight);
  };
  double first = headHeight + (table.rows.empty() ? 0 : rowHeight(table.rows.front(), cell));
  if (!captionText.isEmpty()) first += points(16);
  need(first + points(10));
  caption(captionText);
  if (!captionText.isEmpty()) y_ -= points(6);
  drawHead();
  for (const QStringList& row : table.rows) {
    const double height = rowHeight(row, cell);
    if (height > room()) {
      newPage();
      drawHead();
    }
    drawRow(row, cell, height);
    painter_->setPen(QPen(kLine, points(0.4)));
    painter_->drawLine(QPointF(0, y_), QPointF(total, y_));
  }
  y_ += points(12);
}

void PdfDocument::drawChart(QChart* chart, double aspect, const QString& captionText) {
  const double height = width_ * aspect;
  need(height + points(30));
  QGraphicsScene scene;
  QFont label = QApplication::font();
  label.setPixelSize(13);
  QFont bold = label;
  bold.setBold(true);
  for (QAbstractAxis* axis : chart->axes()) {
    axis->setLabelsFont(label);
    axis->setTitleFont(label);
  }
  chart->legend()->setFont(label);
  chart->setTitleFont(bold);
  chart->setBackgroundVisible(false);
  chart->setMargins(QMargins(0, 0, 0, 0));
  scene.addItem(chart);
  chart->resize(kChartWidth, kChartWidth * aspect);
  scene.setSceneRect(0, 0, kChartWidth, kChartWidth * aspect);
  scene.render(painter_.get(), QRectF(0, y_, width_, height), scene.sceneRect());
  y_ += height + points(4);
  caption(captionText);
}

void PdfDocument::chart(const CategoryChart& chart, const QString& captionText) {
  drawChart(makeChart(chart, printPalette()), 0.42, captionText);
}

void PdfDocument::chart(const LineChart& chart, const QString& captionText) {
  drawChart(makeChart(chart, printPalette()), 0.42, captionText);
}

void PdfDocument::chart(const HeatMap& map, const QString& captionText) {
  const double height = points(40 + 30 * static_cast<double>(map.rows.size()));
  need(height + points(30));
  painter_->setFont(font(8.5));
  painter_->setPen(kInk);
  paintHeatMap(*painter_, QRectF(0, y_, std::min(width_, points(110 + 70.0 * map.columns.size())), height),
               map, printPalette());
  y_ += height + points(4);
  caption(captionText);
}

void PdfDocument::pictures(const std::vector<Picture>& pictures, const QString& captionText) {
  if (pictures.empty()) return;
  constexpr int kColumns = 4;
  const double gap = points(8);
  const double side = (width_ - (kColumns - 1) * gap) / kColumns;
  const QFont small = font(7.5);
  caption(captionText);
  for (std::size_t begin = 0; begin < pictures.size(); begin += kColumns) {
    const std::size_t end = std::min(begin + kColumns, pictures.size());
    double textRoom = 0;
    for (std::size_t i = begin; i < end; ++i)
      textRoom = std::max(textRoom, textHeight(pictures[i].caption, small, side));
    need(side + textRoom + points(8));
    for (std::size_t i = begin; i < end; ++i) {
      const QRectF box(static_cast<double>(i - begin) * (side + gap), y_, side, side);
      const QSizeF size = QSizeF(pictures[i].image.size()).scaled(box.size(), Qt::KeepAspectRatio);
      painter_->drawImage(QRectF(box.center() - QPointF(size.width() / 2, size.height() / 2), size),
                          pictures[i].image);
      painter_->setFont(small);
      painter_->setPen(kInk);
      painter_->drawText(QRectF(box.left(), box.bottom() + points(2), side, textRoom + points(2)),
                         pictures[i].caption, wrapping());
    }
    y_ += side + textRoom + points(10);
  }
}

void PdfDocument::save(const QString& file) {
  drawFooter();
  painter_->end();
  buffer_.close();
  writeFileAtomically(toPath(file),
                      std::string_view(bytes_.constData(), static_cast<std::size_t>(bytes_.size())));
}

}  // namespace medlocker::ui
