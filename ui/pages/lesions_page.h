// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QThreadPool>
#include <QWidget>
#include <map>

#include "ui/app_state.h"
#include "ui/models/review_model.h"

namespace medlocker::ui {

class ImageView;

/// The boxes no logo may touch: those of the masks, and a person's edits, which always win. Every edit is a
/// named, undoable step of the project. The review list shows images without any mask first.
class LesionsPage : public QWidget {
  Q_OBJECT
 public:
  explicit LesionsPage(AppState& state, QWidget* parent = nullptr);
  ~LesionsPage() override;

  ImageView& view() { return *view_; }
  /// Shows an image of the review list.
  void review(int row);
  int imagesToReview() const { return images_.rowCount(); }

 private:
  void rebuildList();
  void load(int sample);
  void showBoxes();
  void edit(const QString& name, const std::function<void(pipelines::BoxEdits&)>& change, int mergeId = -1);
  void remove(int index);
  void exportBoxes();
  void importBoxes();
  /// Asks for a segmenter, runs it over the dataset and takes its masks into the project.
  void findLesions();

  AppState& state_;
  ReviewModel images_;
  QListView* list_;
  ImageView* view_;
  QPushButton* draw_;
  QPushButton* delete_;
  QPushButton* find_;
  QComboBox* kind_;
  QLabel* summary_;
  QThreadPool pool_;
  quint64 wanted_ = 0;
  int sample_ = -1;
  std::string id_;
  pipelines::ImageRegions regions_;
  int automatic_ = 0;  ///< boxes of the view that come from masks; a person's follow
};

}  // namespace medlocker::ui
