// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QWidget>

#include "core/pipelines/audit_models.h"
#include "ui/app_state.h"

namespace medlocker::ui {

class PathField;
class PathList;

/// What is audited, and how hard: a form over AuditOptions.
class AuditForm : public QWidget {
  Q_OBJECT
 public:
  explicit AuditForm(AppState& state, QWidget* parent = nullptr);

  /// As the form stands; `resume` is set where the folder holds an interrupted audit.
  pipelines::AuditOptions options() const;
  bool isReady() const { return start_->isEnabled(); }

 Q_SIGNALS:
  void startRequested();
  /// A folder of an earlier audit.
  void openRequested(const QString& folder);

 private:
  void suggest();
  void check();

  AppState& state_;
  PathList* models_;
  QComboBox* attacks_;
  QLineEdit* names_;
  QLabel* attackText_;
  QComboBox* epsilon_;
  QComboBox* norm_;
  QSpinBox* perClass_;
  QComboBox* split_;
  QCheckBox* curve_;
  QLineEdit* require_;
  QSpinBox* seed_;
  PathField* out_;
  QLabel* problems_;
  QPushButton* start_;
};

}  // namespace medlocker::ui
