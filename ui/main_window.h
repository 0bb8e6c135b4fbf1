// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QListWidget>
#include <QMainWindow>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>

#include "ui/app_state.h"

namespace medlocker::ui {

/// Navigation, pages, and the strip that shows the running task. Owns the shared state. Settings and dialogs
/// belong to the caller and must outlive the window.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  /// `recoveryFile`: unsaved work is kept there; empty: no autosave.
  MainWindow(Settings& settings, Dialogs& dialogs, const QString& recoveryFile = {});

  AppState& state() { return state_; }
  void showPage(Page page);
  Page currentPage() const { return static_cast<Page>(pages_->currentIndex()); }
  QWidget* pageWidget(Page page) const { return pages_->widget(static_cast<int>(page)); }

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void makeMenus();
  QWidget* makeTaskStrip();
  void addPage(const QString& name, const QString& icon, QWidget* page);
  void refreshIcons();
  void showTask();
  void updateTitle();
  bool saveProject(bool ask);
  void offerRecovery();

  Settings& settings_;
  Dialogs& dialogs_;
  AppState state_;
  QListWidget* navigation_;
  QStackedWidget* pages_;
  QWidget* strip_;
  QLabel* taskText_;
  QProgressBar* taskBar_;
  QPushButton* pause_;
  QPushButton* stopAfter_;
  QPushButton* cancel_;
};

}  // namespace medlocker::ui
