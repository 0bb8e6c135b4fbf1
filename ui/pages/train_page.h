// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QWidget>
#include <map>
#include <vector>

#include "core/common/json.h"
#include "core/pipelines/train_model.h"
#include "core/pipelines/training_runs.h"
#include "ui/app_state.h"

namespace medlocker::ui {

class PathField;
class TrainingHistoryView;
class TrainingView;

/// Method picker with explanations, options generated from the method's own fields, teachers; live charts,
/// and those of earlier runs, which can go on.
class TrainPage : public QWidget {
  Q_OBJECT
 public:
  explicit TrainPage(AppState& state, QWidget* parent = nullptr);

  TrainingView& view() { return *view_; }
  TrainingHistoryView& runs() { return *runs_; }

 private:
  QWidget* makeMethodCard();
  QWidget* makeScheduleCard();
  QWidget* makeTeachers();
  void suggestFolder();
  void showMethod();
  void start();
  void run(pipelines::TrainOptions options);
  void showBusy();
  void addEpoch(const training::EpochRecord& record);
  void finish(const pipelines::TrainSummary& summary);
  void showLive();
  void showRun(const pipelines::TrainingRun& run);
  Json methodJson() const;

  AppState& state_;
  QComboBox* method_;
  QLabel* explanation_;
  QFormLayout* methodForm_;
  QComboBox* arch_;
  QSpinBox* epochs_;
  QSpinBox* inputSize_;
  QSpinBox* batch_;
  QDoubleSpinBox* rate_;
  QComboBox* labels_;
  QWidget* teachers_;
  PathField* teacher_;
  PathField* cleanTeacher_;
  QCheckBox* trainTeachers_;
  PathField* out_;
  QLabel* problem_;
  QPushButton* start_;
  QLabel* result_;
  TrainingView* view_;
  TrainingHistoryView* runs_;
  std::map<std::string, QWidget*> fields_;  ///< of the method, by JSON name
  // The training that is under way, or was the last one.
  std::filesystem::path liveFolder_;
  std::vector<training::EpochRecord> liveHistory_;
  QStringList liveClasses_;
  bool isLive_ = false;
  bool showsLive_ = false;  ///< not one of the earlier runs
};

}  // namespace medlocker::ui
