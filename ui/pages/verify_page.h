// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QWidget>

#include "ui/app_state.h"
#include "ui/models/result_model.h"

namespace medlocker::ui {

class PathField;
class PathList;

/// Is this certificate genuine, are these files of it; and the originals back with a key.
class VerifyPage : public QWidget {
  Q_OBJECT
 public:
  explicit VerifyPage(AppState& state, QWidget* parent = nullptr);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void verify();
  void restore();
  void take(const QStringList& files);
  void showBusy();

  AppState& state_;
  PathField* certificate_;
  PathField* publicKey_;
  PathList* files_;
  QPushButton* verify_;
  QLabel* verdict_;
  VerdictModel model_;
  QTableView* table_;
  PathField* protected_;
  PathField* grant_;
  PathField* key_;
  PathField* out_;
  QPushButton* restore_;
  QLabel* restored_;
};

}  // namespace medlocker::ui
