// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <optional>

class QWidget;

namespace medlocker::ui {

/// Every question the window asks passes through here, so that a test can answer in a person's place. Empty
/// results mean that the person gave up.
class Dialogs {
 public:
  virtual ~Dialogs() = default;
  virtual QString chooseFolder(QWidget* parent, const QString& title, const QString& start) = 0;
  virtual QStringList chooseFiles(QWidget* parent, const QString& title, const QString& start,
                                  const QString& filter) = 0;
  virtual QString chooseFile(QWidget* parent, const QString& title, const QString& start,
                             const QString& filter) = 0;
  virtual QString chooseSaveFile(QWidget* parent, const QString& title, const QString& start,
                                 const QString& filter) = 0;
  /// True for the affirmative button, whose text says what happens.
  virtual bool confirm(QWidget* parent, const QString& title, const QString& question,
                       const QString& affirmative) = 0;
  virtual void showError(QWidget* parent, const QString& title, const QString& message) = 0;
  virtual void showInformation(QWidget* parent, const QString& title, const QString& message) = 0;
  virtual std::optional<QString> askPassphrase(QWidget* parent, const QString& question) = 0;
};

/// Qt's own dialogs.
class QtDialogs : public Dialogs {
 public:
  QString chooseFolder(QWidget* parent, const QString& title, const QString& start) override;
  QStringList chooseFiles(QWidget* parent, const QString& title, const QString& start,
                          const QString& filter) override;
  QString chooseFile(QWidget* parent, const QString& title, const QString& start,
                     const QString& filter) override;
  QString chooseSaveFile(QWidget* parent, const QString& title, const QString& start,
                         const QString& filter) override;
  bool confirm(QWidget* parent, const QString& title, const QString& question,
               const QString& affirmative) override;
  void showError(QWidget* parent, const QString& title, const QString& message) override;
  void showInformation(QWidget* parent, const QString& title, const QString& message) override;
  std::optional<QString> askPassphrase(QWidget* parent, const QString& question) override;
};

}  // namespace medlocker::ui
