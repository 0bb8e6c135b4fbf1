// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStackedWidget>
#include <QWidget>

#include "ui/app_state.h"

namespace medlocker::ui {

class ProtectForm;
class ProtectResults;
class ProtectRunView;

/// Form, running view, results of a protection run.
class ProtectPage : public QWidget {
  Q_OBJECT
 public:
  explicit ProtectPage(AppState& state, QWidget* parent = nullptr);

  ProtectForm& form() { return *form_; }
  ProtectRunView& running() { return *running_; }
  ProtectResults& results() { return *results_; }
  bool isReady() const;

 private:
  void start();
  void finished(const pipelines::ProtectDatasetSummary& summary);

  AppState& state_;
  QStackedWidget* stack_;
  ProtectForm* form_;
  ProtectRunView* running_;
  ProtectResults* results_;
  bool mine_ = false;  ///< the running task is ours
};

}  // namespace medlocker::ui
