// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/training_run_model.h"

#include <QDateTime>
#include <QLocale>
#include <utility>

#include "ui/app_state.h"
#include "ui/services/text.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

/// Of the selected epoch; negative where it was not measured.
double cleanAccuracy(const pipelines::TrainingRun& run) {
  const training::EpochRecord* record = run.selected();
  return record != nullptr && record->validated ? record->validation.accuracy : -1;
}

double robustAccuracy(const pipelines::TrainingRun& run) {
  const training::EpochRecord* record = run.selected();
  return record != nullptr && record->robustValidated ? record->robust.accuracy : -1;
}

QString rateText(double rate) {
  return rate >= 0 ? percentText(rate) : QStringLiteral("–");
}

QDateTime dateOf(const pipelines::TrainingRun& run) {
  return QDateTime::fromString(text(run.written), Qt::ISODate).toLocalTime();
}

}  // namespace

void TrainingRunModel::setRuns(std::vector<pipelines::TrainingRun> runs) {
  beginResetModel();
  runs_ = std::move(runs);
  endResetModel();
}

void TrainingRunModel::setLiveFolder(const std::filesystem::path& folder) {
  live_ = folder;
  if (!runs_.empty()) Q_EMIT dataChanged(index(0, State), index(rowCount() - 1, State));
}

int TrainingRunModel::rowOf(const std::filesystem::path& folder) const {
  for (std::size_t row = 0; row < runs_.size(); ++row)
    if (runs_[row].folder == folder) return static_cast<int>(row);
  return -1;
}

QString TrainingRunModel::stateText(const pipelines::TrainingRun& run) const {
  if (isLive(run)) return tr("Running");
  if (run.outcome == "completed") return tr("Done");
  if (run.outcome == "cancelled") return tr("Stopped");
  if (run.outcome == "failed") return tr("Failed");
  if (run.outcome == "running") return tr("Interrupted");
  return tr("Damaged");
}

int TrainingRunModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}

int TrainingRunModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : ColumnCount;
}

QVariant TrainingRunModel::sortValue(const pipelines::TrainingRun& run, int column) const {
  switch (column) {
    case Epochs:
      return static_cast<int>(run.history.size());
    case Clean:
      return cleanAccuracy(run);
    case Robust:
      return robustAccuracy(run);
    case Date:
      return text(run.written);
    default:
      return {};
  }
}

QVariant TrainingRunModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const pipelines::TrainingRun& run = runAt(index.row());
  const int column = index.column();
  if (role == Qt::ToolTipRole) {
    QString tip = toText(run.folder);
    for (const std::string& more : {run.failure, run.problem})
      if (!more.empty()) tip += QLatin1Char('\n') + text(more);
    return tip;
  }
  if (role == Qt::TextAlignmentRole && column >= Epochs && column <= Robust)
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role == SortRole)
    if (const QVariant value = sortValue(run, column); value.isValid()) return value;
  if (role != Qt::DisplayRole && role != SortRole) return {};
  switch (column) {
    case Name:
      return text(run.folder.filename().string());
    case Method:
      return text(run.method + ", " + run.arch);
    case Epochs:
      return run.plannedEpochs > 0 ? tr("%1 of %2").arg(run.history.size()).arg(run.plannedEpochs)
                                   : QString::number(run.history.size());
    case Clean:
      return rateText(cleanAccuracy(run));
    case Robust:
      return rateText(robustAccuracy(run));
    case State:
      return stateText(run);
    case Date:
      return QLocale().toString(dateOf(run), QLocale::ShortFormat);
    default:
      return {};
  }
}

QVariant TrainingRunModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::ToolTipRole) {
    if (section == Clean) return tr("Validation accuracy of the selected epoch");
    if (section == Robust) return tr("Validation accuracy under attack of the selected epoch");
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case Name:
      return tr("Run");
    case Method:
      return tr("Method, network");
    case Epochs:
      return tr("Epochs");
    case Clean:
      return tr("Accuracy");
    case Robust:
      return tr("Robust");
    case State:
      return tr("State");
    case Date:
      return tr("Date");
    default:
      return {};
  }
}

}  // namespace medlocker::ui
