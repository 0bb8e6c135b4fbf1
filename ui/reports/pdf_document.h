// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QBuffer>
#include <QFont>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QString>
#include <memory>
#include <utility>
#include <vector>

#include "ui/charts/charts.h"

class QPainter;

namespace medlocker::ui {

enum class Paper { A4, Letter };

/// A report that flows over pages: headings, paragraphs, tables that break between rows and repeat their
/// header, charts as vectors, pictures. Nothing is written before save(). Not thread-safe; GUI thread only,
/// because charts are.
class PdfDocument {
 public:
  using Facts = std::vector<std::pair<QString, QString>>;
  struct Picture {
    QImage image;
    QString caption;
  };

  PdfDocument(const QString& title, Paper paper);
  ~PdfDocument();

  /// Fills the first page: must come first.
  void titlePage(const QString& kind, const QString& subject, const QString& sentence, const Facts& facts,
                 const QString& footnote);
  void heading(const QString& text);
  void subheading(const QString& text);
  void paragraph(const QString& text);
  void bullet(const QString& text);
  void table(const ChartTable& table, const QString& caption = {});
  void facts(const Facts& facts);
  void chart(const CategoryChart& chart, const QString& caption);
  void chart(const LineChart& chart, const QString& caption);
  void chart(const HeatMap& map, const QString& caption);
  void pictures(const std::vector<Picture>& pictures, const QString& caption);
  /// Through a temporary file. Throws Error naming the file.
  void save(const QString& file);

 private:
  double points(double value) const { return value * 10; }  // the writer has 720 units an inch
  QFont font(double size, bool bold = false) const;
  double textHeight(const QString& text, const QFont& font, double width) const;
  void text(const QString& text, const QFont& font, double indent = 0, double after = 4);
  void drawChart(QChart* chart, double aspect, const QString& caption);
  void caption(const QString& text);
  double room() const { return bottom_ - y_; }
  void need(double height);
  void newPage();
  void drawFooter();

  QString title_;
  QByteArray bytes_;
  QBuffer buffer_;
  std::unique_ptr<QPdfWriter> writer_;
  std::unique_ptr<QPainter> painter_;
  double width_ = 0;
  double y_ = 0;
  double bottom_ = 0;
  int page_ = 1;
};

}  // namespace medlocker::ui
