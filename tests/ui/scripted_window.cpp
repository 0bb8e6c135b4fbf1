// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/scripted_window.h"

#include <QDir>

namespace medlocker::ui {

ScriptedWindow::ScriptedWindow(const QString& folder)
    : folder_(folder), settings_(std::make_unique<Settings>(folder + QStringLiteral("/settings.ini"))) {
  QDir().mkpath(folder);
  settings_->setOutputFolder(folder + QStringLiteral("/results"));
  settings_->setTheme(ThemeChoice::Light);
  window_ = std::make_unique<MainWindow>(*settings_, dialogs_);
  window_->show();
  QTest::qWait(20);
}

ScriptedWindow::~ScriptedWindow() = default;

void ScriptedWindow::click(const QString& name) {
  auto& button = find<QAbstractButton>(name);
  if (!button.isEnabled()) throw std::runtime_error("'" + name.toStdString() + "' cannot be clicked now");
  ++clicks_;
  button.click();
  QTest::qWait(1);
}

void ScriptedWindow::goTo(Page page) {
  ++clicks_;
  window_->showPage(page);
  QTest::qWait(20);
}

void ScriptedWindow::waitFor(const std::function<bool()>& condition, const char* what, int milliseconds) {
  if (!QTest::qWaitFor(condition, milliseconds))
    throw std::runtime_error(std::string("waited in vain for ") + what);
}

void ScriptedWindow::waitUntilIdle() {
  waitFor([this] { return !state().tasks().isRunning(); }, "the task to end");
  QTest::qWait(20);  // queued completions
  waitFor([this] { return !state().tasks().isRunning(); }, "the task to end");
}

void ScriptedWindow::throwIfFailed() {
  if (!dialogs_.errors.isEmpty()) throw std::runtime_error(dialogs_.errors.first().toStdString());
}

}  // namespace medlocker::ui
