// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <memory>
#include <vector>

#include "core/pipelines/dataset_browser.h"
#include "ui/project/project.h"

namespace medlocker::ui {

/// The images whose lesion boxes a person looks through, those without masks first. Texts are made when a
/// row is shown, so 100,000 images cost a list of numbers. GUI thread only.
class ReviewModel : public QAbstractListModel {
  Q_OBJECT
 public:
  static constexpr int kSampleRole = Qt::UserRole + 1;

  explicit ReviewModel(const Project& project, QObject* parent = nullptr);
  void setBrowser(std::shared_ptr<const pipelines::DatasetBrowser> browser);
  /// The project's boxes have changed.
  void refresh();

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

 private:
  const Project& project_;
  std::shared_ptr<const pipelines::DatasetBrowser> browser_;
  std::vector<int> order_;
};

}  // namespace medlocker::ui
