// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSlider>
#include <QStackedWidget>
#include <QTableView>
#include <QThreadPool>
#include <QWidget>

#include "core/pipelines/protect_dataset.h"
#include "ui/app_state.h"
#include "ui/models/result_model.h"

class QSortFilterProxyModel;

namespace medlocker::ui {

class BeforeAfterView;
class ChartPanel;
class PathField;
class PathList;

/// Logo, opacity, models, key, folder; then the run with its pictures; then the results.
class ProtectPage : public QWidget {
  Q_OBJECT
 public:
  explicit ProtectPage(AppState& state, QWidget* parent = nullptr);
  ~ProtectPage() override;

  /// The options of a run as the form stands (without the passphrase).
  pipelines::ProtectDatasetOptions options() const;
  bool isReady() const { return start_->isEnabled(); }

 public Q_SLOTS:
  void start();

 private:
  QWidget* makeForm();
  QWidget* makeRunView();
  QWidget* makeResults();
  void showProject();
  void checkForm();
  void applyPreset(int index);
  void makeKey();
  void trainQuickModels();
  void updateLogoPreview();
  void showFinishedImage();
  void finished(const pipelines::ProtectDatasetSummary& summary);
  void showPair(const QString& id, const QString& output);
  void evaluateRun();

  AppState& state_;
  QStackedWidget* stack_;
  PathField* logo_;
  QLabel* logoPicture_;
  QComboBox* preset_;
  QDoubleSpinBox* opacityLow_;
  QDoubleSpinBox* opacityHigh_;
  QSlider* size_;
  QLabel* sizeText_;
  QComboBox* budget_;
  PathList* models_;
  PathField* key_;
  PathField* out_;
  QLineEdit* owner_;
  QLabel* estimate_;
  QLabel* problems_;
  QPushButton* start_;
  QPushButton* resume_;
  // while it runs
  BeforeAfterView* live_;
  QLabel* liveText_;
  // afterwards
  ResultModel results_;
  QSortFilterProxyModel* sorted_;
  QTableView* table_;
  QComboBox* statusFilter_;
  BeforeAfterView* pair_;
  QLabel* resultText_;
  ChartPanel* accuracy_;
  QThreadPool pool_;
  QString lastItem_;
  QString shownItem_;
  bool mine_ = false;  ///< the running task is ours
};

}  // namespace medlocker::ui
