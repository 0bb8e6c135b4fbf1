// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/training_history_view.h"

#include <QDesktopServices>
#include <QDir>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QUrl>
#include <QVBoxLayout>
#include <utility>

namespace medlocker::ui {

/// Leaves out the runs on other datasets.
class TrainingHistoryView::Filter : public QSortFilterProxyModel {
 public:
  Filter(TrainingHistoryView& view) : QSortFilterProxyModel(&view), view_(view) {}
  void update() { invalidateFilter(); }

 protected:
  bool filterAcceptsRow(int row, const QModelIndex&) const override {
    if (view_.others_->isChecked()) return true;
    const pipelines::TrainingRun& run = view_.runs_.runAt(row);
    const ProjectState& project = view_.state_.project().state();
    return project.trainings.contains(toText(run.folder)) || view_.runs_.isLive(run) ||
           QDir::cleanPath(toText(run.dataset)) == QDir::cleanPath(project.dataset);
  }

 private:
  TrainingHistoryView& view_;
};

TrainingHistoryView::TrainingHistoryView(AppState& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      table_(new QTableView),
      others_(new QCheckBox(tr("Other datasets too"))),
      resume_(new QPushButton(tr("Resume"))),
      open_(new QPushButton(tr("Open folder"))),
      protect_(new QPushButton(tr("Use in Protect"))),
      audit_(new QPushButton(tr("Audit"))) {
  auto* filter = new Filter(*this);
  sorted_ = filter;
  sorted_->setSourceModel(&runs_);
  sorted_->setSortRole(TrainingRunModel::SortRole);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* bar = new QHBoxLayout;
  auto* heading = new QLabel(tr("Training runs"));
  QFont bold = heading->font();
  bold.setBold(true);
  heading->setFont(bold);
  bar->addWidget(heading, 1);
  bar->addWidget(others_);
  layout->addLayout(bar);
  table_->setObjectName(QStringLiteral("trainingRuns"));
  table_->setAccessibleName(tr("Training runs"));
  table_->setModel(sorted_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(TrainingRunModel::Date, Qt::DescendingOrder);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setTabKeyNavigation(false);
  table_->setMinimumHeight(90);
  table_->setWordWrap(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 8);
  table_->horizontalHeader()->setStretchLastSection(true);
  layout->addWidget(table_, 1);
  auto* actions = new QHBoxLayout;
  for (const auto& [button, name] : {std::pair{resume_, "resumeTraining"},
                                     {open_, "openTraining"},
                                     {protect_, "protectWithModel"},
                                     {audit_, "auditModel"}}) {
    button->setObjectName(QString::fromLatin1(name));
    actions->addWidget(button);
  }
  actions->addStretch();
  layout->addLayout(actions);

  connect(others_, &QCheckBox::toggled, filter, &Filter::update);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
    showActions();
    if (const pipelines::TrainingRun* run = isFilling_ ? nullptr : current()) Q_EMIT runSelected(*run);
  });
  connect(resume_, &QPushButton::clicked, this, [this] {
    if (const pipelines::TrainingRun* run = current()) Q_EMIT resumeRequested(*run);
  });
  connect(open_, &QPushButton::clicked, this, [this] {
    if (const pipelines::TrainingRun* run = current())
      QDesktopServices::openUrl(QUrl::fromLocalFile(toText(run->folder)));
  });
  connect(protect_, &QPushButton::clicked, this, [this] { useModel(Page::Protect); });
  connect(audit_, &QPushButton::clicked, this, [this] { useModel(Page::Audit); });
  connect(&state_, &AppState::browserChanged, this, &TrainingHistoryView::refresh);
  connect(&state_.tasks(), &TaskRunner::started, this, &TrainingHistoryView::showActions);
  connect(&state_.tasks(), &TaskRunner::idle, this, &TrainingHistoryView::refresh);
  refresh();
}

TrainingHistoryView::~TrainingHistoryView() {
  pool_.waitForDone();
}

const pipelines::TrainingRun* TrainingHistoryView::current() const {
  const QModelIndex index = table_->currentIndex();
  return index.isValid() ? &runs_.runAt(sorted_->mapToSource(index).row()) : nullptr;
}

void TrainingHistoryView::refresh() {
  showActions();
  if (isReading_) {
    readAgain_ = true;
    return;
  }
  isReading_ = true;
  std::vector<std::filesystem::path> places{
      toPath(QDir(state_.settings().outputFolder()).filePath(QStringLiteral("models")))};
  const ProjectState& project = state_.project().state();
  for (const QStringList* list : {&project.trainings, &project.models})
    for (const QString& folder : *list) places.push_back(toPath(folder));
  pool_.start([this, places] {
    std::vector<pipelines::TrainingRun> runs = pipelines::findTrainingRuns(places);
    QMetaObject::invokeMethod(
        this, [this, runs = std::move(runs)]() mutable { take(std::move(runs)); }, Qt::QueuedConnection);
  });
}

void TrainingHistoryView::take(std::vector<pipelines::TrainingRun> runs) {
  isReading_ = false;
  const pipelines::TrainingRun* before = current();
  const std::filesystem::path kept = before != nullptr ? before->folder : std::filesystem::path();
  // The rows change, not what the person looks at.
  isFilling_ = true;
  runs_.setRuns(std::move(runs));
  const int row = kept.empty() ? -1 : runs_.rowOf(kept);
  if (row >= 0) table_->setCurrentIndex(sorted_->mapFromSource(runs_.index(row, 0)));
  isFilling_ = false;
  if (before == nullptr || row < 0) table_->resizeColumnsToContents();
  showActions();
  Q_EMIT runsChanged();
  if (std::exchange(readAgain_, false))
    refresh();
  else if (!wanted_.empty() && runs_.rowOf(wanted_) >= 0)
    select(std::exchange(wanted_, {}));
}

void TrainingHistoryView::setLiveFolder(const std::filesystem::path& folder) {
  runs_.setLiveFolder(folder);
  static_cast<Filter*>(sorted_)->update();
  showActions();
}

void TrainingHistoryView::select(const std::filesystem::path& folder) {
  const int row = runs_.rowOf(folder);
  if (row < 0) {
    wanted_ = folder;
    return;
  }
  const QModelIndex index = sorted_->mapFromSource(runs_.index(row, 0));
  const bool same = index == table_->currentIndex();
  table_->setCurrentIndex(index);
  if (same) Q_EMIT runSelected(runs_.runAt(row));
}

void TrainingHistoryView::selectWhenRead(const std::filesystem::path& folder) {
  wanted_ = folder;
  refresh();
}

void TrainingHistoryView::clearSelection() {
  wanted_.clear();
  table_->clearSelection();
  table_->setCurrentIndex({});
}

void TrainingHistoryView::showActions() {
  const pipelines::TrainingRun* run = current();
  const bool idle = !state_.tasks().isRunning();
  resume_->setEnabled(run != nullptr && idle && run->canResume());
  open_->setEnabled(run != nullptr);
  for (QPushButton* button : {protect_, audit_}) button->setEnabled(run != nullptr && run->hasModel);
}

void TrainingHistoryView::useModel(Page page) {
  const pipelines::TrainingRun* run = current();
  if (run == nullptr) return;
  const QString folder = toText(run->folder);
  if (page == Page::Audit)
    Q_EMIT state_.auditRequested(folder);
  else
    state_.project().change(tr("Add a trained model"), [&folder](ProjectState& s) {
      if (!s.models.contains(folder)) s.models << folder;
    });
  state_.goTo(page);
}

}  // namespace medlocker::ui
