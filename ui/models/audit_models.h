// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <map>
#include <string>
#include <vector>

#include "core/pipelines/audit_models.h"
#include "ui/charts/charts.h"

namespace medlocker::ui {

/// A running audit: one row per model and attack, one column per class with "right of seen". GUI thread only.
class AuditProgressModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Model, Attack, Images, FirstClass };

  using QAbstractTableModel::QAbstractTableModel;
  void clear();
  void add(const pipelines::AuditTally& tally);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<pipelines::AuditTally> rows_;
  std::vector<std::string> classes_;
};

/// A table of texts that does not change; numbers are aligned to the right from the second column on.
class TextTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;
  void setTable(ChartTable table);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  ChartTable table_;
};

}  // namespace medlocker::ui
