// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QDateTime>
#include <QDoubleSpinBox>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSlider>
#include <QThreadPool>
#include <QWidget>

#include "core/pipelines/protect_dataset.h"
#include "ui/app_state.h"

class QVBoxLayout;

namespace medlocker::ui {

class PathField;
class PathList;

/// Logo, opacity, models, key and folder of a protection run: a form over ProtectDatasetOptions that edits
/// the project, so every change can be undone.
class ProtectForm : public QWidget {
  Q_OBJECT
 public:
  explicit ProtectForm(AppState& state, QWidget* parent = nullptr);
  ~ProtectForm() override;

  /// As the form stands (without the passphrase); `resume` is set where the folder holds an interrupted run.
  pipelines::ProtectDatasetOptions options() const;
  bool isReady() const { return ready_; }

 Q_SIGNALS:
  void startRequested();

 private:
  QWidget* makeLookCard();
  QWidget* makeModelsCard();
  QWidget* makeTrustCard();
  QWidget* makeTargetCard();
  void suggestFolder();
  void showProject();
  void check();
  void showEstimate();
  void measureImages();
  void applyPreset(int index);
  void makeKey();
  void trainQuickModels();
  void updateLogoPreview();
  void drawLogoPreview();
  /// The decoded file, kept until another file or another state of it is asked for.
  const QImage& logoImage(const QString& file);

  AppState& state_;
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
  QThreadPool pool_;
  QImage logoImage_;
  QString logoFile_;
  QDateTime logoModified_;
  bool isPreviewScheduled_ = false;
  double bytesPerImage_ = -1;  ///< of a protected copy, guessed from the first images; negative: unknown
  bool ready_ = false;
};

}  // namespace medlocker::ui
