// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/result_model.h"

#include <QLocale>
#include <utility>

#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

void ResultModel::setItems(std::vector<pipelines::ProtectedItem> items, QStringList classes) {
  beginResetModel();
  items_ = std::move(items);
  classes_ = std::move(classes);
  endResetModel();
}

int ResultModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(items_.size());
}

int ResultModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : ColumnCount;
}

QString ResultModel::className(int label) const {
  if (label < 0) return QStringLiteral("–");
  return label < classes_.size() ? classes_[label] : QString::number(label);
}

QString ResultModel::classList(const std::vector<int>& labels) const {
  QStringList names;
  for (const int label : labels) names << className(label);
  return names.join(QStringLiteral(", "));
}

QVariant ResultModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const pipelines::ProtectedItem& item = itemAt(index.row());
  const bool written = !item.output.empty();
  if (role == Qt::ForegroundRole && index.column() == Status) return QVariant();
  if (role == Qt::DecorationRole && index.column() == Status)
    return statusColour(QString::fromStdString(item.status));
  if (role == Qt::ToolTipRole) return QString::fromStdString(item.reason);
  if (role == Qt::TextAlignmentRole && index.column() >= Covered && index.column() <= Seconds)
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role == SortRole) {
    switch (index.column()) {
      case Covered:
        return item.coveredFraction;
      case Opacity:
        return item.meanOpacity;
      case Ssim:
        return item.ssim;
      case Seconds:
        return item.seconds;
      default:
        role = Qt::DisplayRole;
    }
  }
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case Name:
      return QString::fromStdString(item.id);
    case Status:
      return QString::fromStdString(item.status);
    case Label:
      return className(item.label);
    case Before:
      return classList(item.predictedBefore);
    case After:
      return classList(item.predictedAfter);
    case Covered:
      return written ? percentText(item.coveredFraction) : QStringLiteral("–");
    case Opacity:
      return written ? QLocale().toString(item.meanOpacity, 'f', 2) : QStringLiteral("–");
    case Ssim:
      return written ? QLocale().toString(item.ssim, 'f', 3) : QStringLiteral("–");
    case Seconds:
      return QLocale().toString(item.seconds, 'f', 1);
    case Reason:
      return QString::fromStdString(item.reason);
    default:
      return {};
  }
}

QVariant ResultModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
    return QAbstractTableModel::headerData(section, orientation, role);
  switch (section) {
    case Name:
      return tr("Image");
    case Status:
      return tr("Status");
    case Label:
      return tr("Label");
    case Before:
      return tr("Models said before");
    case After:
      return tr("Models say after");
    case Covered:
      return tr("Covered");
    case Opacity:
      return tr("Opacity");
    case Ssim:
      return tr("SSIM");
    case Seconds:
      return tr("Seconds");
    case Reason:
      return tr("Reason");
    default:
      return {};
  }
}

void VerdictModel::setFiles(std::vector<pipelines::VerifiedFile> files) {
  beginResetModel();
  files_ = std::move(files);
  endResetModel();
}

int VerdictModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(files_.size());
}

int VerdictModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : 3;
}

QVariant VerdictModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const pipelines::VerifiedFile& file = files_[static_cast<std::size_t>(index.row())];
  if (role == Qt::DecorationRole && index.column() == 1)
    return statusColour(QString::fromStdString(file.outcome));
  if (role == Qt::ToolTipRole) return QString::fromStdString(file.file + "\n" + file.reason);
  if (role != Qt::DisplayRole) return {};
  return QString::fromStdString(index.column() == 0   ? file.file
                                : index.column() == 1 ? file.outcome
                                                      : file.reason);
}

QVariant VerdictModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
    return QAbstractTableModel::headerData(section, orientation, role);
  return section == 0 ? tr("File") : section == 1 ? tr("Verdict") : tr("In plain words");
}

}  // namespace medlocker::ui
