// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/search_model.h"

#include <QLocale>
#include <algorithm>
#include <utility>

#include "ui/services/text.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

QString scoreText(const pipelines::TriedPlace& place) {
  return QLocale().toString(place.objective, 'f', 2);
}

QString stepText(const std::string& stage) {
  if (stage.empty()) return SearchModel::tr("Preparing");
  if (stage == "coarse") return SearchModel::tr("Coarse lattice");
  if (stage == "refine") return SearchModel::tr("Refining");
  if (stage == "evolve") return SearchModel::tr("Evolution");
  if (stage == "gradient") return SearchModel::tr("Gradients");
  if (stage == "choose") return SearchModel::tr("Choosing");
  if (stage == "least visible") return SearchModel::tr("Least opacity");
  if (stage == "random") return SearchModel::tr("At random");
  return text(stage);
}

bool sameItems(const std::vector<pipelines::ImageSearch>& a, const std::vector<pipelines::ImageSearch>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.item == y.item; });
}

}  // namespace

void SearchModel::setSearches(std::vector<pipelines::ImageSearch> searches) {
  if (sameItems(searches_, searches)) {
    searches_ = std::move(searches);
    if (!searches_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    return;
  }
  beginResetModel();
  searches_ = std::move(searches);
  endResetModel();
}

int SearchModel::rowOf(const std::string& item) const {
  for (std::size_t row = 0; row < searches_.size(); ++row)
    if (searches_[row].item == item) return static_cast<int>(row);
  return -1;
}

int SearchModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(searches_.size());
}

int SearchModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : ColumnCount;
}

QVariant SearchModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const pipelines::ImageSearch& search = searches_[static_cast<std::size_t>(index.row())];
  if (role == Qt::ToolTipRole) return describeSearch(search);
  if (role == Qt::TextAlignmentRole && index.column() >= Evaluations)
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  if (index.column() == Image) return text(search.item);
  if (index.column() == Step) return stepText(search.stage);
  if (index.column() == Evaluations) return tr("%1 of %2").arg(search.evaluations).arg(search.budget);
  if (!search.best) return QStringLiteral("–");
  const pipelines::TriedPlace& best = *search.best;
  switch (index.column()) {
    case Score:
      return scoreText(best);
    case Misled:
      return tr("%1 of %2").arg(best.misled).arg(best.models);
    case Opacity:
      return percentText(best.opacity);
    case Position:
      return QStringLiteral("%1, %2 · %3 × %4")
          .arg(best.x0)
          .arg(best.y0)
          .arg(best.x1 - best.x0)
          .arg(best.y1 - best.y0);
    default:
      return {};
  }
}

QVariant SearchModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::ToolTipRole && section == Score)
    return tr("What the search makes as low as it can: below 0 the models are misled");
  if (role == Qt::ToolTipRole && section == Misled) return tr("Models whose answer changes");
  if (role == Qt::ToolTipRole && section == Position) return tr("Corner and size in pixels");
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case Image:
      return tr("Image");
    case Step:
      return tr("Step");
    case Evaluations:
      return tr("Tried");
    case Score:
      return tr("Score");
    case Misled:
      return tr("Misled");
    case Opacity:
      return tr("Opacity");
    case Position:
      return tr("Place");
    default:
      return {};
  }
}

QString describeSearch(const pipelines::ImageSearch& search) {
  const QString name = text(search.item);
  if (search.budget == 0) return SearchModel::tr("%1: preparing the search").arg(name);
  if (!search.best)
    return SearchModel::tr("%1: %2 of %3 evaluations").arg(name).arg(search.evaluations).arg(search.budget);
  const pipelines::TriedPlace& best = *search.best;
  return SearchModel::tr(
             "%1: best score %2, %3 of %4 models misled, %5 of %6 evaluations, at %7, %8, opacity %9")
      .arg(name, scoreText(best))
      .arg(best.misled)
      .arg(best.models)
      .arg(search.evaluations)
      .arg(search.budget)
      .arg(best.x0)
      .arg(best.y0)
      .arg(percentText(best.opacity));
}

}  // namespace medlocker::ui
