// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>
#include <QtCharts/QChart>
#include <QtCharts/QChartView>

#include "ui/services/theme.h"

namespace medlocker::ui {

ChartPanel::ChartPanel(const QString& title, QWidget* parent)
    : QWidget(parent),
      title_(title),
      stack_(new QStackedWidget),
      view_(new QChartView),
      table_(new QTableWidget),
      message_(new QLabel) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* bar = new QHBoxLayout;
  auto* heading = new QLabel(title);
  QFont bold = heading->font();
  bold.setBold(true);
  heading->setFont(bold);
  auto* asTable = new QPushButton(tr("Table"));
  auto* copy = new QPushButton(tr("Copy image"));
  auto* copyData = new QPushButton(tr("Copy data"));
  asTable->setCheckable(true);
  asTable->setAccessibleName(tr("Show as table: %1").arg(title));
  copy->setAccessibleName(tr("Copy as image: %1").arg(title));
  copyData->setAccessibleName(tr("Copy the figures: %1").arg(title));
  for (QPushButton* button : {asTable, copy, copyData}) button->setFlat(true);
  bar->addWidget(heading, 1);
  bar->addWidget(asTable);
  bar->addWidget(copy);
  bar->addWidget(copyData);
  layout->addLayout(bar);
  view_->setRenderHint(QPainter::Antialiasing);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setAccessibleName(title);
  view_->setMinimumSize(200, 160);
  table_->setAccessibleName(tr("%1, as a table").arg(title));
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->verticalHeader()->hide();
  message_->setAlignment(Qt::AlignCenter);
  message_->setWordWrap(true);
  message_->setForegroundRole(QPalette::PlaceholderText);
  stack_->addWidget(message_);
  stack_->addWidget(view_);
  stack_->addWidget(table_);
  layout->addWidget(stack_, 1);
  connect(asTable, &QPushButton::toggled, this, [this](bool table) {
    if (stack_->currentWidget() != message_)
      stack_->setCurrentWidget(table ? static_cast<QWidget*>(table_) : view_);
  });
  connect(copy, &QPushButton::clicked, this, &ChartPanel::copyImage);
  connect(copyData, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(tableText()); });
}

ChartPanel::~ChartPanel() = default;

void ChartPanel::setChart(const CategoryChart& chart) {
  show(makeChart(chart, [this](int series, int category) { Q_EMIT barActivated(series, category); }),
       tableOf(chart));
}

void ChartPanel::setChart(const LineChart& chart) {
  show(makeChart(chart), tableOf(chart));
}

void ChartPanel::show(QChart* chart, const ChartTable& table) {
  QChart* former = view_->chart();
  view_->setChart(chart);
  delete former;
  table_->clear();
  table_->setColumnCount(static_cast<int>(table.header.size()));
  table_->setHorizontalHeaderLabels(table.header);
  table_->setRowCount(static_cast<int>(table.rows.size()));
  for (int row = 0; row < table_->rowCount(); ++row)
    for (int column = 0; column < table_->columnCount(); ++column)
      table_->setItem(row, column,
                      new QTableWidgetItem(table.rows[static_cast<std::size_t>(row)].value(column)));
  table_->resizeColumnsToContents();
  if (stack_->currentWidget() == message_) stack_->setCurrentWidget(view_);
}

void ChartPanel::clear(const QString& message) {
  message_->setText(message);
  stack_->setCurrentWidget(message_);
}

QString ChartPanel::tableText() const {
  QStringList lines;
  QStringList cells;
  for (int column = 0; column < table_->columnCount(); ++column)
    cells << (table_->horizontalHeaderItem(column) ? table_->horizontalHeaderItem(column)->text()
                                                   : QString());
  lines << cells.join(QLatin1Char('\t'));
  for (int row = 0; row < table_->rowCount(); ++row) {
    cells.clear();
    for (int column = 0; column < table_->columnCount(); ++column) cells << table_->item(row, column)->text();
    lines << cells.join(QLatin1Char('\t'));
  }
  return lines.join(QLatin1Char('\n'));
}

void ChartPanel::copyImage() {
  // Twice the size on the screen, so that it stays sharp in a document.
  QImage image(view_->size() * 2, QImage::Format_ARGB32);
  image.setDevicePixelRatio(2);
  image.fill(palette().color(QPalette::Base));
  QPainter painter(&image);
  view_->render(&painter);
  painter.end();
  QApplication::clipboard()->setImage(image);
}

}  // namespace medlocker::ui
