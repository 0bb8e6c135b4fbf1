// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/protect_run_view.h"

#include <QLocale>
#include <QSplitter>
#include <QVBoxLayout>
#include <utility>

#include "ui/services/language.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

ProtectRunView::ProtectRunView(AppState& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      text_(new QLabel),
      counts_(new QLabel),
      last_(new QLabel),
      search_(new SearchPanel(state)),
      pair_(new PicturePair(state)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(
      pageHeading(tr("Protecting"), tr("Each file is written as soon as it is ready. You may stop or close "
                                       "the window at any time and go on later.")));
  text_->setAccessibleName(tr("State of the run"));
  counts_->setAccessibleName(tr("Images per status"));
  last_->setAccessibleName(tr("The last finished image"));
  for (QLabel* label : {text_, counts_, last_}) label->setWordWrap(true);
  layout->addWidget(text_);
  layout->addWidget(counts_);
  auto* finished = new QWidget;
  auto* column = new QVBoxLayout(finished);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(last_);
  column->addWidget(pair_, 1);
  auto* split = new QSplitter(Qt::Horizontal);
  split->addWidget(search_);
  split->addWidget(finished);
  split->setChildrenCollapsible(false);
  split->setSizes({600, 500});
  layout->addWidget(split, 1);
  connect(&state_.tasks(), &TaskRunner::pausedChanged, this, &ProtectRunView::showProgress);
}

void ProtectRunView::begin(const QString& out, std::shared_ptr<const pipelines::SearchMonitor> monitor) {
  out_ = out;
  statuses_.clear();
  text_->clear();
  counts_->clear();
  last_->setText(tr("Nothing is finished yet"));
  search_->begin(std::move(monitor));
  pair_->clear(tr("The first protected image appears here"));
  pair_->setDivider(0.5);
}

void ProtectRunView::add(const pipelines::ProtectedItem& item) {
  ++statuses_[item.status];
  QStringList parts;
  for (const auto& [status, count] : statuses_)
    parts << QStringLiteral("<b style='color:%1'>●</b> %2 %3")
                 .arg(statusColour(QString::fromStdString(status)).name())
                 .arg(count)
                 .arg(QString::fromStdString(status));
  counts_->setText(parts.join(QStringLiteral(" &nbsp; ")));
  const QString id = QString::fromStdString(item.id);
  if (item.output.empty()) {
    last_->setText(tr("Last finished: %1 – %2").arg(id, QString::fromStdString(item.reason)));
    pair_->show(id, {});
    return;
  }
  last_->setText(tr("Last finished: %1 – %2, %3 of the field of view covered, mean opacity %4")
                     .arg(id, QString::fromStdString(item.status), percentText(item.coveredFraction),
                          percentText(item.meanOpacity)));
  QString file = QString::fromStdString(item.output);
  if (!file.startsWith(QLatin1String("images/"))) file.prepend(QStringLiteral("images/"));
  pair_->show(id, out_ + QLatin1Char('/') + file);
}

void ProtectRunView::showProgress() {
  const Progress& progress = state_.tasks().progress();
  const QString item = QString::fromStdString(progress.note);
  QString text = stageText(progress.stage);
  if (progress.total > 0) text += tr(": %1 of %2").arg(progress.done).arg(progress.total);
  const double rate = state_.tasks().itemsPerSecond();
  if (rate > 0) text += tr(" · %1 images per minute").arg(QLocale().toString(rate * 60, 'f', 1));
  const QString left = durationText(state_.tasks().remainingSeconds());
  if (state_.tasks().isPaused())
    text += tr(" · paused");
  else if (!left.isEmpty())
    text += tr(" · %1 left").arg(left);
  if (!item.isEmpty()) text += tr(" · now: %1").arg(item);
  text_->setText(text);
}

}  // namespace medlocker::ui
