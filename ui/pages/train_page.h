// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QWidget>
#include <map>
#include <vector>

#include "core/common/json.h"
#include "core/pipelines/train_model.h"
#include "ui/app_state.h"

namespace medlocker::ui {

class ChartPanel;
class PathField;

/// Method picker with explanations, options generated from the method's own fields, live charts.
class TrainPage : public QWidget {
  Q_OBJECT
 public:
  explicit TrainPage(AppState& state, QWidget* parent = nullptr);

 private:
  void showMethod();
  void start();
  void showBusy();
  void addEpoch(const training::EpochRecord& record);
  void showCharts();
  Json methodJson() const;

  AppState& state_;
  QComboBox* method_;
  QLabel* explanation_;
  QFormLayout* methodForm_;
  QComboBox* arch_;
  QSpinBox* epochs_;
  QSpinBox* inputSize_;
  QSpinBox* batch_;
  QDoubleSpinBox* rate_;
  QComboBox* labels_;
  PathField* out_;
  QLabel* problem_;
  QPushButton* start_;
  QLabel* result_;
  ChartPanel* loss_;
  ChartPanel* accuracy_;
  ChartPanel* classes_;
  std::map<std::string, QWidget*> fields_;  ///< of the method, by JSON name
  std::vector<training::EpochRecord> history_;
  QStringList classNames_;
};

}  // namespace medlocker::ui
