// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/app_state.h"

#include <QDir>
#include <QFileInfo>
#include <utility>

#include "core/pipelines/synthesize_dataset.h"

namespace medlocker::ui {

std::filesystem::path toPath(const QString& text) {
  return std::filesystem::path(text.toStdString());
}

QString unusedPath(const QString& wanted) {
  QString path = wanted;
  for (int number = 2; QFileInfo::exists(path); ++number) path = wanted + QStringLiteral("-%1").arg(number);
  return path;
}

QString toText(const std::filesystem::path& path) {
  return QString::fromStdString(path.string());
}

AppState::AppState(Settings& settings, Dialogs& dialogs, const QString& recoveryFile, QObject* parent)
    : QObject(parent),
      settings_(settings),
      dialogs_(dialogs),
      project_(recoveryFile),
      samples_(&thumbnails_) {
  connect(&project_, &Project::datasetChanged, this, &AppState::reopen);
  connect(&tasks_, &TaskRunner::failed, this,
          [this](const QString& message) { showError(tasks_.title(), message); });
}

void AppState::showError(const QString& title, const QString& message) {
  Q_EMIT errorShown(title, message);
}

void AppState::setLastRun(pipelines::ProtectDatasetSummary summary) {
  lastRun_ = std::move(summary);
  QHash<QString, QString> statuses;
  for (const pipelines::ProtectedItem& item : lastRun_->items)
    statuses.insert(QString::fromStdString(item.id), QString::fromStdString(item.status));
  samples_.setStatuses(statuses);
  Q_EMIT lastRunChanged();
}

void AppState::open(const QString& path) {
  if (tasks_.isRunning()) {
    showError(
        tr("Open a dataset"),
        tr("“%1” is still running. Wait for it, or stop it, then open another dataset.").arg(tasks_.title()));
    return;
  }
  try {
    if (path.endsWith(QLatin1String(".medlocker")))
      project_.load(path);
    else
      project_.begin(QDir(path).absolutePath());
    settings_.addRecentProject(path);
  } catch (...) {
    showError(tr("Open a project"), describeCurrentException());
  }
}

void AppState::reopen() {
  const ProjectState& state = project_.state();
  browser_.reset();
  lastRun_.reset();
  samples_.setBrowser(nullptr);
  Q_EMIT browserChanged();
  Q_EMIT lastRunChanged();
  if (state.dataset.isEmpty()) return;
  tasks_.start(tr("Opening the dataset"),
               [this, dataset = toPath(state.dataset), masks = state.masks](const RunContext&) {
                 std::optional<std::filesystem::path> masksFolder;
                 if (!masks.isEmpty()) masksFolder = toPath(masks);
                 auto browser = pipelines::DatasetBrowser::open(dataset, masksFolder);
                 return [this, browser] {
                   browser_ = browser;
                   samples_.setBrowser(browser_);
                   Q_EMIT browserChanged();
                 };
               });
}

void AppState::openSampleData(const QString& folder) {
  if (tasks_.isRunning()) return;
  tasks_.start(tr("Drawing sample data"),
               [this, folder](const RunContext& context) -> TaskRunner::Completion {
                 pipelines::SynthOptions options;
                 const QString target = unusedPath(folder);
                 options.out = toPath(target);
                 options.count = 20;
                 options.width = options.height = 384;
                 options.seed = 7;
                 const pipelines::SynthSummary summary = pipelines::synthesizeDataset(options, context);
                 if (summary.outcome == Outcome::Cancelled) return {};
                 // The runner is busy until this completion has returned.
                 return [this, target] {
                   QMetaObject::invokeMethod(
                       this, [this, target] { open(target); }, Qt::QueuedConnection);
                 };
               });
}

}  // namespace medlocker::ui
