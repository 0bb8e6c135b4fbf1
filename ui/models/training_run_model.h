// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "core/pipelines/training_runs.h"

namespace medlocker::ui {

/// Earlier and present training runs, one row each. GUI thread only.
class TrainingRunModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Method, Epochs, Clean, Robust, State, Date, ColumnCount };
  static constexpr int SortRole = Qt::UserRole;

  using QAbstractTableModel::QAbstractTableModel;
  void setRuns(std::vector<pipelines::TrainingRun> runs);
  /// The folder in which a training is under way; empty: none.
  void setLiveFolder(const std::filesystem::path& folder);
  const pipelines::TrainingRun& runAt(int row) const { return runs_.at(static_cast<std::size_t>(row)); }
  /// -1: none.
  int rowOf(const std::filesystem::path& folder) const;
  /// In a word: done, stopped, failed, running, interrupted.
  QString stateText(const pipelines::TrainingRun& run) const;
  bool isLive(const pipelines::TrainingRun& run) const { return run.folder == live_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QVariant sortValue(const pipelines::TrainingRun& run, int column) const;

  std::vector<pipelines::TrainingRun> runs_;
  std::filesystem::path live_;
};

}  // namespace medlocker::ui
