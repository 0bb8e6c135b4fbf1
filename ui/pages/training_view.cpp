// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/training_view.h"

#include <QHBoxLayout>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/charts/chart_panel.h"

namespace medlocker::ui {

TrainingView::TrainingView(QWidget* parent)
    : QWidget(parent),
      tabs_(new QTabWidget),
      loss_(new ChartPanel(tr("Loss"))),
      accuracy_(new ChartPanel(tr("Validation accuracy"))),
      classes_(new ChartPanel(tr("Validation accuracy per class"))),
      schedule_(new ChartPanel(tr("Over the epochs"))),
      figure_(new QComboBox) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  tabs_->setObjectName(QStringLiteral("trainingCharts"));
  tabs_->setAccessibleName(tr("Charts of the training"));
  tabs_->setDocumentMode(true);
  auto* course = new QSplitter(Qt::Vertical);
  course->addWidget(loss_);
  course->addWidget(accuracy_);
  course->setChildrenCollapsible(false);
  tabs_->addTab(course, tr("Loss and accuracy"));
  tabs_->addTab(classes_, tr("Classes"));
  auto* schedules = new QWidget;
  auto* rows = new QVBoxLayout(schedules);
  rows->setContentsMargins(0, 6, 0, 0);
  auto* row = new QHBoxLayout;
  auto* label = new QLabel(tr("Figure"));
  label->setBuddy(figure_);
  figure_->setObjectName(QStringLiteral("trainingFigure"));
  figure_->setAccessibleName(tr("Figure that is shown over the epochs"));
  row->addWidget(label);
  row->addWidget(figure_, 1);
  rows->addLayout(row);
  rows->addWidget(schedule_, 1);
  tabs_->addTab(schedules, tr("Temperatures and schedules"));
  layout->addWidget(tabs_);
  connect(figure_, &QComboBox::activated, this, &TrainingView::drawSchedule);
  connect(tabs_, &QTabWidget::currentChanged, this, &TrainingView::drawTab);
  clear();
}

void TrainingView::clear() {
  history_.clear();
  schedules_.clear();
  figure_->clear();
  figure_->setEnabled(false);
  for (ChartPanel* panel : {loss_, accuracy_, classes_, schedule_}) panel->clear(tr("Nothing yet"));
}

void TrainingView::setHistory(const TrainingHistory& history, const QStringList& classes) {
  if (history.empty()) {
    clear();
    return;
  }
  history_ = history;
  classNames_ = classes;
  const QString chosen = figure_->currentData().toString();
  schedules_ = trainingSchedules(history, classes);
  figure_->clear();
  for (const TrainingSchedule& schedule : schedules_) figure_->addItem(schedule.title, schedule.id);
  figure_->setEnabled(true);
  figure_->setCurrentIndex(std::max(0, figure_->findData(chosen)));
  drawTab();
}

void TrainingView::drawTab() {
  if (history_.empty()) return;
  if (tabs_->currentIndex() == 0)
    drawCourse();
  else if (tabs_->currentIndex() == 1)
    drawClasses();
  else
    drawSchedule();
}

void TrainingView::drawCourse() {
  loss_->setChart(lossChart(history_));
  if (const LineChart accuracy = accuracyChart(history_); !accuracy.series.front().x.empty())
    accuracy_->setChart(accuracy);
  else
    accuracy_->clear(tr("Nothing was validated"));
}

void TrainingView::drawClasses() {
  if (const CategoryChart perClass = classAccuracyChart(history_, classNames_);
      !perClass.categories.isEmpty())
    classes_->setChart(perClass);
  else
    classes_->clear(tr("Nothing was validated"));
}

QStringList TrainingView::scheduleIds() const {
  QStringList ids;
  for (const TrainingSchedule& schedule : schedules_) ids << schedule.id;
  return ids;
}

void TrainingView::showSchedule(const QString& id) {
  const int index = figure_->findData(id);
  if (index < 0) return;
  figure_->setCurrentIndex(index);
  drawSchedule();
}

void TrainingView::drawSchedule() {
  const int index = figure_->currentIndex();
  if (index >= 0 && index < static_cast<int>(schedules_.size()))
    schedule_->setChart(schedules_[static_cast<std::size_t>(index)].chart);
}

}  // namespace medlocker::ui
