// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QTabWidget>
#include <QWidget>

#include "ui/charts/training_charts.h"

namespace medlocker::ui {

class ChartPanel;

/// The charts of one training, live or from its folder: loss and accuracy, classes, temperatures and the
/// other figures that a method moves from epoch to epoch.
class TrainingView : public QWidget {
  Q_OBJECT
 public:
  explicit TrainingView(QWidget* parent = nullptr);

  void setHistory(const TrainingHistory& history, const QStringList& classes);
  void clear();
  /// The schedules that can be chosen, by id.
  QStringList scheduleIds() const;
  /// Chooses one of them; what is chosen stays while further epochs come.
  void showSchedule(const QString& id);
  QTabWidget& tabs() { return *tabs_; }
  ChartPanel& schedulePanel() { return *schedule_; }

 private:
  /// Only the tab in view: every epoch would otherwise fill tables that nobody looks at.
  void drawTab();
  void drawCourse();
  void drawClasses();
  void drawSchedule();

  QTabWidget* tabs_;
  ChartPanel* loss_;
  ChartPanel* accuracy_;
  ChartPanel* classes_;
  ChartPanel* schedule_;
  QComboBox* figure_;
  TrainingHistory history_;
  QStringList classNames_;
  std::vector<TrainingSchedule> schedules_;
};

}  // namespace medlocker::ui
