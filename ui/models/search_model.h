// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "core/pipelines/search_monitor.h"

namespace medlocker::ui {

/// Searches in flight, one row each: what the picture shows, in figures. GUI thread only.
class SearchModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Image, Step, Evaluations, Score, Misled, Opacity, Position, ColumnCount };

  using QAbstractTableModel::QAbstractTableModel;
  void setSearches(std::vector<pipelines::ImageSearch> searches);
  const std::vector<pipelines::ImageSearch>& searches() const { return searches_; }
  /// -1: not in flight.
  int rowOf(const std::string& item) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<pipelines::ImageSearch> searches_;
};

/// A sentence about one search: image, best score, evaluations, position, opacity.
QString describeSearch(const pipelines::ImageSearch& search);

}  // namespace medlocker::ui
