// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/audit_models.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace medlocker::ui {

void AuditProgressModel::clear() {
  beginResetModel();
  rows_.clear();
  classes_.clear();
  endResetModel();
}

void AuditProgressModel::add(const pipelines::AuditTally& tally) {
  // Models may have other classes than the first one's; the columns then go by position.
  if (tally.classes.size() > classes_.size()) {
    beginResetModel();
    classes_ = tally.classes;
    endResetModel();
  }
  const auto known = std::find_if(rows_.begin(), rows_.end(), [&tally](const pipelines::AuditTally& row) {
    return row.model == tally.model && row.attack == tally.attack;
  });
  if (known != rows_.end()) {
    *known = tally;
    const int row = static_cast<int>(known - rows_.begin());
    Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
    return;
  }
  const int row = static_cast<int>(rows_.size());
  beginInsertRows({}, row, row);
  rows_.push_back(tally);
  endInsertRows();
}

int AuditProgressModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int AuditProgressModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : FirstClass + static_cast<int>(classes_.size());
}

QVariant AuditProgressModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const pipelines::AuditTally& tally = rows_.at(static_cast<std::size_t>(index.row()));
  if (role == Qt::TextAlignmentRole && index.column() >= Images)
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  if (index.column() == Model) return QString::fromStdString(tally.model);
  if (index.column() == Attack)
    return tally.attack == "clean"        ? tr("Unchanged")
           : tally.attack == "worst case" ? tr("Worst case")
                                          : QString::fromStdString(tally.attack);
  const auto of = [](std::int64_t a, std::int64_t b) { return tr("%1 of %2").arg(a).arg(b); };
  if (index.column() == Images)
    return of(std::accumulate(tally.seen.begin(), tally.seen.end(), std::int64_t{0}),
              std::accumulate(tally.images.begin(), tally.images.end(), std::int64_t{0}));
  const auto c = static_cast<std::size_t>(index.column() - FirstClass);
  return c < tally.seen.size() ? of(tally.right[c], tally.seen[c]) : QString();
}

QVariant AuditProgressModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
    return QAbstractTableModel::headerData(section, orientation, role);
  if (section == Model) return tr("Model");
  if (section == Attack) return tr("Attack");
  if (section == Images) return tr("Images done");
  const auto c = static_cast<std::size_t>(section - FirstClass);
  return c < classes_.size() ? tr("%1: right").arg(QString::fromStdString(classes_[c])) : QString();
}

void TextTableModel::setTable(ChartTable table) {
  beginResetModel();
  table_ = std::move(table);
  endResetModel();
}

int TextTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.rows.size());
}

int TextTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.header.size());
}

QVariant TextTableModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  if (role == Qt::TextAlignmentRole && index.column() > 0) return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
  return table_.rows.at(static_cast<std::size_t>(index.row())).value(index.column());
}

QVariant TextTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
    return QAbstractTableModel::headerData(section, orientation, role);
  return table_.header.value(section);
}

}  // namespace medlocker::ui
