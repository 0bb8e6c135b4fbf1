// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>
#include <QtCharts/QChart>
#include <QtCharts/QChartView>

#include "ui/charts/heat_map.h"
#include "ui/services/theme.h"

namespace medlocker::ui {

ChartPanel::ChartPanel(const QString& title, QWidget* parent)
    : QWidget(parent),
      title_(title),
      stack_(new QStackedWidget),
      view_(new QChartView),
      heat_(new HeatMapView),
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
  view_->viewport()->setAccessibleName(title);  // what takes the focus
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
  stack_->addWidget(heat_);
  layout->addWidget(stack_, 1);
  connect(asTable, &QPushButton::toggled, this, [this](bool table) {
    asTable_ = table;
    showPart();
  });
  connect(heat_, &HeatMapView::cellActivated, this, &ChartPanel::cellActivated);
  connect(copy, &QPushButton::clicked, this, &ChartPanel::copyImage);
  connect(copyData, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(tableText()); });
}

ChartPanel::~ChartPanel() = default;

void ChartPanel::setChart(const CategoryChart& chart) {
  chart_ = chart;
  fillTable(tableOf(chart));
  drawSoon();
}

void ChartPanel::setChart(const LineChart& chart) {
  chart_ = chart;
  fillTable(tableOf(chart));
  drawSoon();
}

void ChartPanel::setChart(const HeatMap& map) {
  chart_ = map;
  fillTable(tableOf(map));
  drawSoon();
}

void ChartPanel::drawSoon() {
  isStale_ = true;
  if (isScheduled_ || !isVisible()) return;
  isScheduled_ = true;
  QTimer::singleShot(0, this, [this] {
    isScheduled_ = false;
    if (isStale_ && isVisible()) draw();
  });
}

void ChartPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (isStale_) drawSoon();
}

void ChartPanel::draw() {
  isStale_ = false;
  QChart* chart = nullptr;
  if (const auto* bars = std::get_if<CategoryChart>(&chart_))
    chart = makeChart(*bars, QApplication::palette(),
                      [this](int series, int category) { Q_EMIT barActivated(series, category); });
  else if (const auto* lines = std::get_if<LineChart>(&chart_))
    chart = makeChart(*lines, QApplication::palette());
  else if (const auto* map = std::get_if<HeatMap>(&chart_))
    heat_->setMap(*map);
  if (chart != nullptr) {
    QChart* former = view_->chart();
    view_->setBackgroundBrush(QApplication::palette().color(QPalette::Base));
    view_->setChart(chart);
    delete former;
  }
  showPart();
}

void ChartPanel::showPart() {
  if (std::holds_alternative<std::monostate>(chart_))
    stack_->setCurrentWidget(message_);
  else if (asTable_)
    stack_->setCurrentWidget(table_);
  else if (std::holds_alternative<HeatMap>(chart_))
    stack_->setCurrentWidget(heat_);
  else
    stack_->setCurrentWidget(view_);
}

void ChartPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && !std::holds_alternative<std::monostate>(chart_)) drawSoon();
}

void ChartPanel::fillTable(const ChartTable& table) {
  table_->clear();
  table_->setColumnCount(static_cast<int>(table.header.size()));
  table_->setHorizontalHeaderLabels(table.header);
  table_->setRowCount(static_cast<int>(table.rows.size()));
  for (int row = 0; row < table_->rowCount(); ++row)
    for (int column = 0; column < table_->columnCount(); ++column)
      table_->setItem(row, column,
                      new QTableWidgetItem(table.rows[static_cast<std::size_t>(row)].value(column)));
  table_->resizeColumnsToContents();
}

void ChartPanel::clear(const QString& message) {
  chart_ = std::monostate();
  isStale_ = false;
  fillTable({});
  message_->setText(message);
  showPart();
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
  if (isStale_) draw();
  // Twice the size on the screen, so that it stays sharp in a document.
  QImage image(stack_->size() * 2, QImage::Format_ARGB32);
  image.setDevicePixelRatio(2);
  image.fill(palette().color(QPalette::Base));
  QPainter painter(&image);
  if (std::holds_alternative<HeatMap>(chart_))
    heat_->render(&painter, {}, {}, QWidget::DrawChildren);
  else
    view_->render(&painter);
  painter.end();
  QApplication::clipboard()->setImage(image);
}

}  // namespace medlocker::ui
