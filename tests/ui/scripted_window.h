// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>
#include <QString>
#include <QStringList>
#include <QTest>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "ui/main_window.h"

namespace medlocker::ui {

/// Answers what a person would be asked. Answers are used up in order; without one a question is given up.
class ScriptedDialogs : public Dialogs {
 public:
  QStringList folders;
  QStringList files;
  QStringList errors;       ///< shown
  QStringList information;  ///< shown
  QString passphrase;
  bool confirms = true;
  int answered = 0;  ///< questions, each of which costs a person a click

  QString chooseFolder(QWidget*, const QString&, const QString&) override { return take(folders); }
  QStringList chooseFiles(QWidget*, const QString&, const QString&, const QString&) override {
    return std::exchange(files, {});
  }
  QString chooseFile(QWidget*, const QString&, const QString&, const QString&) override {
    return take(files);
  }
  QString chooseSaveFile(QWidget*, const QString&, const QString&, const QString&) override {
    return take(files);
  }
  bool confirm(QWidget*, const QString&, const QString&, const QString&) override {
    ++answered;
    return confirms;
  }
  void showError(QWidget*, const QString&, const QString& message) override { errors << message; }
  void showInformation(QWidget*, const QString&, const QString& message) override { information << message; }
  std::optional<QString> askPassphrase(QWidget*, const QString&) override {
    ++answered;
    return passphrase;
  }

 private:
  QString take(QStringList& from) {
    ++answered;
    return from.isEmpty() ? QString() : from.takeFirst();
  }
};

/// The window driven as a person would: by its controls, found by object name. What does not work out is
/// thrown as std::runtime_error, so that tests and the picture tour can share it.
class ScriptedWindow {
 public:
  /// Settings and results lie below `folder`.
  explicit ScriptedWindow(const QString& folder);
  ~ScriptedWindow();

  MainWindow& window() { return *window_; }
  AppState& state() { return window_->state(); }
  Settings& settings() { return *settings_; }
  ScriptedDialogs& dialogs() { return dialogs_; }
  QString folder() const { return folder_; }
  int clicks() const { return clicks_; }

  /// A control anywhere in the window.
  template <typename Widget = QWidget>
  Widget& find(const QString& name) {
    auto* found = window_->findChild<Widget*>(name);
    if (!found) throw std::runtime_error("no control '" + name.toStdString() + "'");
    return *found;
  }
  void click(const QString& button);
  void goTo(Page page);
  void waitFor(const std::function<bool()>& condition, const char* what, int milliseconds = 1'800'000);
  void waitUntilIdle();
  /// Throws where the window has shown an error.
  void throwIfFailed();

 private:
  QString folder_;
  ScriptedDialogs dialogs_;
  std::unique_ptr<Settings> settings_;
  std::unique_ptr<MainWindow> window_;
  int clicks_ = 0;
};

}  // namespace medlocker::ui
