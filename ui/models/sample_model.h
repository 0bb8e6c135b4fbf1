// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QHash>
#include <QString>
#include <memory>
#include <vector>

#include "core/pipelines/dataset_browser.h"

namespace medlocker::ui {

class ThumbnailLoader;

/// Which samples are listed.
struct SampleFilter {
  int label = -1;  ///< class index; -1 all, -2 without label
  QString text;    ///< part of the id, any case
  QString status;  ///< of a protection run; empty all
  bool onlyMasked = false;
  bool onlyUnmasked = false;
  bool operator==(const SampleFilter&) const = default;
};

/// The samples of a dataset that pass a filter, one per row, as a list for the gallery. Rows map to sample
/// indices; 100,000 samples cost a few megabytes and no pixels. GUI thread only.
class SampleModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { SampleIndexRole = Qt::UserRole + 1, LabelRole, StatusRole, MasksRole };

  explicit SampleModel(ThumbnailLoader* thumbnails, QObject* parent = nullptr);

  void setBrowser(std::shared_ptr<const pipelines::DatasetBrowser> browser);
  void setFilter(const SampleFilter& filter);
  const SampleFilter& filter() const { return filter_; }
  /// Status per sample id after a protection run.
  void setStatuses(const QHash<QString, QString>& statuses);

  int sampleAt(int row) const { return rows_.at(static_cast<std::size_t>(row)); }
  int rowOf(int sample) const;  ///< -1: filtered out
  int total() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

 private:
  void rebuild();
  bool passes(const pipelines::BrowsedSample& sample) const;

  std::shared_ptr<const pipelines::DatasetBrowser> browser_;
  ThumbnailLoader* thumbnails_;
  SampleFilter filter_;
  QHash<QString, QString> statuses_;
  std::vector<int> rows_;  ///< ascending sample indices
};

}  // namespace medlocker::ui
