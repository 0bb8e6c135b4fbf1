// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QStackedWidget>
#include <QTableView>

#include "ui/app_state.h"
#include "ui/models/audit_models.h"

namespace medlocker::ui {

class AuditForm;
class AuditResults;

/// Form, live table of the running audit, results.
class AuditPage : public QWidget {
  Q_OBJECT
 public:
  explicit AuditPage(AppState& state, QWidget* parent = nullptr);

  AuditForm& form() { return *form_; }
  AuditResults& results() { return *results_; }
  AuditProgressModel& progress() { return progress_; }
  bool showsResults() const;

 private:
  void start();
  void open(const QString& folder);
  void compare();

  AppState& state_;
  QStackedWidget* stack_;
  AuditForm* form_;
  QLabel* liveText_;
  AuditProgressModel progress_;
  QTableView* live_;
  AuditResults* results_;
  QString folder_;  ///< of the audit shown
  bool mine_ = false;
};

}  // namespace medlocker::ui
