// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QSet>
#include <QTabWidget>
#include <QTableView>
#include <QWidget>

#include "core/pipelines/audit_models.h"
#include "ui/app_state.h"
#include "ui/models/audit_models.h"

namespace medlocker::ui {

class ChartPanel;

/// What an audit found: all models in a table, charts per class, the images behind a bar or cell, exports.
class AuditResults : public QWidget {
  Q_OBJECT
 public:
  explicit AuditResults(AppState& state, QWidget* parent = nullptr);

  /// `folder`: where the reports of this audit lie.
  void setAudit(audit::AuditResult result, const QString& folder);
  const audit::AuditResult& result() const { return result_; }
  /// Images listed behind the last bar or cell.
  int listedImages() const { return images_->count(); }
  /// As the button does: lists the images of a class that a view of the chosen model gets wrong.
  void showImages(int view, int label, int answer = -1);
  void exportReport(const QString& kind);

 Q_SIGNALS:
  void anotherRequested();
  void compareRequested();

 private:
  void showModel();
  const audit::AuditedModel* model() const;
  void fetchPicture(QListWidgetItem* item);

  AppState& state_;
  audit::AuditResult result_;
  QString folder_;
  std::vector<int> barViews_;  ///< view behind each set of bars
  QLabel* words_;
  TextTableModel overview_;
  QTableView* overviewTable_;
  QComboBox* chosenModel_;
  QComboBox* shown_;
  QTabWidget* tabs_;
  ChartPanel* classes_;
  ChartPanel* map_;
  ChartPanel* confusion_;
  ChartPanel* curve_;
  ChartPanel* side_;
  QLabel* imagesTitle_;
  QListWidget* images_;
  QHash<int, QListWidgetItem*> waiting_;  ///< sample index: its item
};

}  // namespace medlocker::ui
