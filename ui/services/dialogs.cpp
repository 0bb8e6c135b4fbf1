// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/dialogs.h"

#include <QFileDialog>
#include <QInputDialog>
#include <QMessageBox>
#include <QPushButton>

namespace medlocker::ui {

QString QtDialogs::chooseFolder(QWidget* parent, const QString& title, const QString& start) {
  return QFileDialog::getExistingDirectory(parent, title, start);
}

QStringList QtDialogs::chooseFiles(QWidget* parent, const QString& title, const QString& start,
                                   const QString& filter) {
  return QFileDialog::getOpenFileNames(parent, title, start, filter);
}

QString QtDialogs::chooseFile(QWidget* parent, const QString& title, const QString& start,
                              const QString& filter) {
  return QFileDialog::getOpenFileName(parent, title, start, filter);
}

QString QtDialogs::chooseSaveFile(QWidget* parent, const QString& title, const QString& start,
                                  const QString& filter) {
  return QFileDialog::getSaveFileName(parent, title, start, filter);
}

bool QtDialogs::confirm(QWidget* parent, const QString& title, const QString& question,
                        const QString& affirmative) {
  QMessageBox box(QMessageBox::Question, title, question, QMessageBox::Cancel, parent);
  QPushButton* yes = box.addButton(affirmative, QMessageBox::AcceptRole);
  box.setDefaultButton(yes);
  box.exec();
  return box.clickedButton() == yes;
}

void QtDialogs::showError(QWidget* parent, const QString& title, const QString& message) {
  QMessageBox::warning(parent, title, message);
}

void QtDialogs::showInformation(QWidget* parent, const QString& title, const QString& message) {
  QMessageBox::information(parent, title, message);
}

std::optional<QString> QtDialogs::askPassphrase(QWidget* parent, const QString& question) {
  bool ok = false;
  const QString text =
      QInputDialog::getText(parent, QObject::tr("Passphrase"), question, QLineEdit::Password, {}, &ok);
  if (!ok) return std::nullopt;
  return text;
}

}  // namespace medlocker::ui
