// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QWidget>
#include <map>
#include <string>

#include "core/pipelines/protect_dataset.h"
#include "ui/app_state.h"
#include "ui/widgets/picture_pair.h"

namespace medlocker::ui {

/// A protection run while it runs: the image in hand, the last finished one before and after, counts per
/// status, rate and time left.
class ProtectRunView : public QWidget {
  Q_OBJECT
 public:
  explicit ProtectRunView(AppState& state, QWidget* parent = nullptr);

  void begin(const QString& out);
  void add(const pipelines::ProtectedItem& item);
  void showProgress();

 private:
  AppState& state_;
  QString out_;
  QLabel* text_;
  QLabel* counts_;
  QLabel* last_;
  PicturePair* pair_;
  std::map<std::string, std::int64_t> statuses_;
  QString current_;
  bool finishedOne_ = false;
};

}  // namespace medlocker::ui
