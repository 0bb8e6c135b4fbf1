// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/review_model.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace medlocker::ui {

ReviewModel::ReviewModel(const Project& project, QObject* parent)
    : QAbstractListModel(parent), project_(project) {
}

void ReviewModel::setBrowser(std::shared_ptr<const pipelines::DatasetBrowser> browser) {
  beginResetModel();
  browser_ = std::move(browser);
  order_.resize(browser_ ? browser_->size() : 0);
  std::iota(order_.begin(), order_.end(), 0);
  if (browser_)
    std::stable_partition(order_.begin(), order_.end(), [this](int index) {
      return browser_->dataset().samples[static_cast<std::size_t>(index)].masks == 0;
    });
  endResetModel();
}

void ReviewModel::refresh() {
  if (!order_.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

int ReviewModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(order_.size());
}

QVariant ReviewModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const int sampleIndex = order_.at(static_cast<std::size_t>(index.row()));
  if (role == kSampleRole) return sampleIndex;
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
  const pipelines::BrowsedSample& sample = browser_->dataset().samples[static_cast<std::size_t>(sampleIndex)];
  const auto& boxes = project_.state().boxes;
  const auto found = boxes.find(sample.id);
  QString mark = sample.masks > 0 ? tr("masks") : tr("no boxes");
  if (found != boxes.end() && !found->second.empty()) mark = tr("edited");
  return QString(QString::fromStdString(sample.id) + QStringLiteral("  · ") + mark);
}

}  // namespace medlocker::ui
