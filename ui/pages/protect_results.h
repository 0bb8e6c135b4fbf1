// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QTabWidget>
#include <QTableView>
#include <QWidget>
#include <optional>

#include "core/pipelines/evaluate_dataset.h"
#include "ui/app_state.h"
#include "ui/models/result_model.h"

class QSortFilterProxyModel;

namespace medlocker::ui {

class ChartPanel;
class PicturePair;

/// What a protection run did: a table of all images, before and after, the models' accuracy, the effect on
/// further models, granting access, exports.
class ProtectResults : public QWidget {
  Q_OBJECT
 public:
  explicit ProtectResults(AppState& state, QWidget* parent = nullptr);

  void setRun(const pipelines::ProtectDatasetSummary& summary);
  ResultModel& items() { return results_; }
  /// Kinds: pdf-a4, pdf-letter, csv, json.
  void exportReport(const QString& kind);

 Q_SIGNALS:
  void anotherRequested();

 private:
  QWidget* makeTop();
  void showAccuracy();
  void evaluate();
  void stress();
  /// The passphrase of the owner's key, asked for where it needs one; empty: the person gave up.
  std::optional<std::string> ownerPassphrase();
  void grant();

  AppState& state_;
  std::optional<pipelines::ProtectDatasetSummary> run_;
  std::optional<pipelines::EvaluateDatasetSummary> evaluation_;
  ResultModel results_;
  QSortFilterProxyModel* sorted_;
  QTableView* table_;
  QComboBox* statusFilter_;
  PicturePair* pair_;
  QLabel* text_;
  QTabWidget* tabs_;
  ChartPanel* accuracy_;
  ChartPanel* transfer_;
  ChartPanel* removal_;
};

}  // namespace medlocker::ui
