// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QWidget>
#include <map>
#include <memory>
#include <string>

#include "core/pipelines/protect_dataset.h"
#include "ui/app_state.h"
#include "ui/pages/search_panel.h"
#include "ui/widgets/picture_pair.h"

namespace medlocker::ui {

/// A protection run while it runs: the image in hand with the places that are tried, the last finished one
/// before and after, counts per status, rate and time left.
class ProtectRunView : public QWidget {
  Q_OBJECT
 public:
  explicit ProtectRunView(AppState& state, QWidget* parent = nullptr);

  /// `monitor` is told of the searches by the run.
  void begin(const QString& out, std::shared_ptr<const pipelines::SearchMonitor> monitor);
  /// The run is over.
  void end() { search_->end(); }
  SearchPanel& search() { return *search_; }
  void add(const pipelines::ProtectedItem& item);
  void showProgress();

 private:
  AppState& state_;
  QString out_;
  QLabel* text_;
  QLabel* counts_;
  QLabel* last_;
  SearchPanel* search_;
  PicturePair* pair_;
  std::map<std::string, std::int64_t> statuses_;
};

}  // namespace medlocker::ui
