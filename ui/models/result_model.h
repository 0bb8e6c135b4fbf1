// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "core/pipelines/protect_dataset.h"
#include "core/pipelines/verify_dataset.h"

namespace medlocker::ui {

/// The items of a protection run as a table: name, status, predictions before and after, visibility. Sort
/// through a QSortFilterProxyModel with SortRole. GUI thread only.
class ResultModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Status, Label, Before, After, Covered, Opacity, Ssim, Seconds, Reason, ColumnCount };
  static constexpr int SortRole = Qt::UserRole + 1;

  using QAbstractTableModel::QAbstractTableModel;
  void setItems(std::vector<pipelines::ProtectedItem> items, QStringList classes);
  const pipelines::ProtectedItem& itemAt(int row) const { return items_.at(static_cast<std::size_t>(row)); }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QString className(int label) const;
  QString classList(const std::vector<int>& labels) const;

  std::vector<pipelines::ProtectedItem> items_;
  QStringList classes_;
};

/// The files of a verification: name, outcome, reason.
class VerdictModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;
  void setFiles(std::vector<pipelines::VerifiedFile> files);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<pipelines::VerifiedFile> files_;
};

}  // namespace medlocker::ui
