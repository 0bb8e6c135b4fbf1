// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QWidget>

#include "ui/app_state.h"

namespace medlocker::ui {

/// Open or drop a dataset, recent projects, sample data; then a summary of what was found before anything
/// runs.
class HomePage : public QWidget {
  Q_OBJECT
 public:
  explicit HomePage(AppState& state, QWidget* parent = nullptr);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void chooseFolder();
  void chooseFile();
  void showRecent();
  void showSummary();

  AppState& state_;
  QListWidget* recent_;
  QWidget* summaryCard_;
  QLabel* summaryTitle_;
  QLabel* summaryText_;
  QListWidget* problems_;
  QPushButton* next_;
};

}  // namespace medlocker::ui
