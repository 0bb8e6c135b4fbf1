// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QTableView>
#include <QThreadPool>
#include <QTimer>
#include <QWidget>
#include <map>
#include <memory>
#include <string>

#include "core/pipelines/search_monitor.h"
#include "ui/app_state.h"
#include "ui/models/search_model.h"
#include "ui/widgets/search_view.h"

namespace medlocker::ui {

/// The searches of a running protection: picture of one image with its candidates, a sentence about it, and a
/// table of all images in flight, which also chooses the one that is shown. It looks at the monitor ten times
/// a second, however fast candidates are scored, and draws when something has changed.
class SearchPanel : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kPollMilliseconds = 100;

  explicit SearchPanel(AppState& state, QWidget* parent = nullptr);
  ~SearchPanel() override;

  void begin(std::shared_ptr<const pipelines::SearchMonitor> monitor);
  void end();
  SearchView& view() { return *view_; }
  SearchModel& model() { return searches_; }
  /// Looks that found something new.
  int updates() const { return updates_; }

 private:
  void poll();
  /// The row to be shown: the chosen one, else the one that is shown already, else the first.
  int rowToShow() const;
  void showRow(int row);
  void readPicture(const std::string& item);

  AppState& state_;
  std::shared_ptr<const pipelines::SearchMonitor> monitor_;
  std::uint64_t version_ = 0;
  int updates_ = 0;
  QLabel* text_;
  SearchView* view_;
  QTableView* table_;
  SearchModel searches_;
  QTimer timer_;
  std::string shown_;
  std::string chosen_;  ///< by a person; empty: automatic
  bool isFilling_ = false;
  QThreadPool pool_;
  std::map<std::string, QImage> pictures_;  ///< of images in flight; null while it is read
};

}  // namespace medlocker::ui
