// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QThreadPool>
#include <QWidget>

#include "ui/app_state.h"

namespace medlocker::ui {

class BeforeAfterView;

/// A sample and a file made from it, side by side behind a divider; both are read away from the GUI thread,
/// and only the latest request is shown.
class PicturePair : public QWidget {
  Q_OBJECT
 public:
  explicit PicturePair(AppState& state, QWidget* parent = nullptr);
  ~PicturePair() override;

  /// `file`: empty shows the sample alone.
  void show(const QString& sample, const QString& file);
  void clear(const QString& message);
  void setDivider(double share);

 private:
  AppState& state_;
  BeforeAfterView* view_;
  QThreadPool pool_;
  quint64 wanted_ = 0;
};

}  // namespace medlocker::ui
