// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/sample_model.h"

#include <algorithm>
#include <utility>

#include "ui/models/thumbnail_loader.h"

namespace medlocker::ui {

SampleModel::SampleModel(ThumbnailLoader* thumbnails, QObject* parent)
    : QAbstractListModel(parent), thumbnails_(thumbnails) {
  connect(thumbnails_, &ThumbnailLoader::loaded, this, [this](int sample) {
    const int row = rowOf(sample);
    if (row >= 0) Q_EMIT dataChanged(index(row), index(row), {Qt::DecorationRole});
  });
}

void SampleModel::setBrowser(std::shared_ptr<const pipelines::DatasetBrowser> browser) {
  beginResetModel();
  browser_ = std::move(browser);
  thumbnails_->setBrowser(browser_);
  statuses_.clear();
  filter_ = {};
  rebuild();
  endResetModel();
}

void SampleModel::setFilter(const SampleFilter& filter) {
  if (filter == filter_) return;
  beginResetModel();
  filter_ = filter;
  rebuild();
  endResetModel();
}

void SampleModel::setStatuses(const QHash<QString, QString>& statuses) {
  beginResetModel();
  statuses_ = statuses;
  rebuild();
  endResetModel();
}

void SampleModel::rebuild() {
  rows_.clear();
  if (!browser_) return;
  const auto& samples = browser_->dataset().samples;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (passes(samples[i])) rows_.push_back(static_cast<int>(i));
}

bool SampleModel::passes(const pipelines::BrowsedSample& sample) const {
  if (filter_.label == -2 && sample.label) return false;
  if (filter_.label >= 0 && sample.label != filter_.label) return false;
  if (filter_.onlyMasked && sample.masks == 0) return false;
  if (filter_.onlyUnmasked && sample.masks > 0) return false;
  if (filter_.text.isEmpty() && filter_.status.isEmpty()) return true;
  const QString id = QString::fromStdString(sample.id);
  if (!filter_.text.isEmpty() && !id.contains(filter_.text, Qt::CaseInsensitive)) return false;
  return filter_.status.isEmpty() || statuses_.value(id) == filter_.status;
}

int SampleModel::rowOf(int sample) const {
  const auto found = std::lower_bound(rows_.begin(), rows_.end(), sample);
  return found != rows_.end() && *found == sample ? static_cast<int>(found - rows_.begin()) : -1;
}

int SampleModel::total() const {
  return browser_ ? static_cast<int>(browser_->size()) : 0;
}

int SampleModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant SampleModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const int sampleIndex = sampleAt(index.row());
  const pipelines::BrowsedSample& sample = browser_->dataset().samples[static_cast<std::size_t>(sampleIndex)];
  const auto className = [&] {
    if (!sample.gradable) return tr("ungradable");
    if (!sample.label) return tr("no label");
    return QString::fromStdString(browser_->dataset().classes.at(static_cast<std::size_t>(*sample.label)));
  };
  switch (role) {
    case Qt::DisplayRole: {
      const QString id = QString::fromStdString(sample.id);
      return id.section(QLatin1Char('/'), -1);
    }
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole: {
      QString text = tr("%1, %2").arg(QString::fromStdString(sample.id), className());
      if (sample.masks > 0) text += tr(", %n mask(s)", nullptr, sample.masks);
      const QString status = statuses_.value(QString::fromStdString(sample.id));
      if (!status.isEmpty()) text += QStringLiteral(", ") + status;
      return text;
    }
    case Qt::DecorationRole:
      return thumbnails_->request(sampleIndex);
    case SampleIndexRole:
      return sampleIndex;
    case LabelRole:
      return className();
    case StatusRole:
      return statuses_.value(QString::fromStdString(sample.id));
    case MasksRole:
      return sample.masks;
    default:
      return {};
  }
}

}  // namespace medlocker::ui
