// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QStackedWidget>
#include <QThreadPool>
#include <QTimer>
#include <QWidget>

#include "ui/app_state.h"

class QTableWidget;

namespace medlocker::ui {

class ChartPanel;
class GalleryView;
class ImageView;

/// Gallery with filters, class distribution, and a viewer with details; arrows go from image to image.
class DatasetPage : public QWidget {
  Q_OBJECT
 public:
  explicit DatasetPage(AppState& state, QWidget* parent = nullptr);
  ~DatasetPage() override;

 private:
  void rebuild();
  void applyFilter();
  void updateCount();
  void showImage(int row);
  void loadImage(int sample);
  void showDistribution();

  AppState& state_;
  QStackedWidget* stack_;
  GalleryView* gallery_;
  ChartPanel* distribution_;
  QLineEdit* search_;
  QComboBox* classFilter_;
  QComboBox* statusFilter_;
  QComboBox* maskFilter_;
  QLabel* count_;
  ImageView* viewer_;
  QLabel* caption_;
  QTableWidget* details_;
  QTimer searchDelay_;
  QThreadPool pool_;
  quint64 wanted_ = 0;
  int row_ = -1;
};

}  // namespace medlocker::ui
