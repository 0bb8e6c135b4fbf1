// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCheckBox>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QThreadPool>
#include <QWidget>
#include <filesystem>

#include "core/pipelines/training_runs.h"
#include "ui/app_state.h"
#include "ui/models/training_run_model.h"

namespace medlocker::ui {

/// The trainings of this dataset: those that the project records, and what lies in the folder of models. They
/// are read away from the GUI thread.
class TrainingHistoryView : public QWidget {
  Q_OBJECT
 public:
  explicit TrainingHistoryView(AppState& state, QWidget* parent = nullptr);
  ~TrainingHistoryView() override;

  TrainingRunModel& runs() { return runs_; }
  /// Reads the folders again; `runsChanged` follows.
  void refresh();
  void setLiveFolder(const std::filesystem::path& folder);
  /// Selects the run as a person would; later, where it is not in the list yet.
  void select(const std::filesystem::path& folder);
  /// The same with what its folder says from now on.
  void selectWhenRead(const std::filesystem::path& folder);
  void clearSelection();

 Q_SIGNALS:
  void runsChanged();
  void runSelected(const medlocker::pipelines::TrainingRun& run);
  /// A person wants an unfinished run to go on.
  void resumeRequested(const medlocker::pipelines::TrainingRun& run);

 private:
  class Filter;

  const pipelines::TrainingRun* current() const;
  void take(std::vector<pipelines::TrainingRun> runs);
  void showActions();
  void useModel(Page page);

  AppState& state_;
  TrainingRunModel runs_;
  QSortFilterProxyModel* sorted_;
  QTableView* table_;
  QCheckBox* others_;
  QPushButton* resume_;
  QPushButton* open_;
  QPushButton* protect_;
  QPushButton* audit_;
  QThreadPool pool_;
  bool isReading_ = false;
  bool readAgain_ = false;
  bool isFilling_ = false;
  std::filesystem::path wanted_;
};

}  // namespace medlocker::ui
