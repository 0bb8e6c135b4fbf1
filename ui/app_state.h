// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <memory>
#include <optional>

#include "core/pipelines/dataset_browser.h"
#include "core/pipelines/protect_dataset.h"
#include "ui/models/sample_model.h"
#include "ui/models/thumbnail_loader.h"
#include "ui/project/project.h"
#include "ui/services/dialogs.h"
#include "ui/services/settings.h"
#include "ui/tasks/task_runner.h"

namespace medlocker::ui {

enum class Page { Home, Dataset, Lesions, Protect, Verify, Train, Audit, Settings };

/// What the pages share: settings, project, the one task runner, the opened dataset. Owned by the main
/// window; pages hold references and talk to one another through its signals only. GUI thread only.
class AppState : public QObject {
  Q_OBJECT
 public:
  AppState(Settings& settings, Dialogs& dialogs, const QString& recoveryFile, QObject* parent = nullptr);

  Settings& settings() { return settings_; }
  Dialogs& dialogs() { return dialogs_; }
  Project& project() { return project_; }
  TaskRunner& tasks() { return tasks_; }
  SampleModel& samples() { return samples_; }
  ThumbnailLoader& thumbnails() { return thumbnails_; }
  std::shared_ptr<const pipelines::DatasetBrowser> browser() const { return browser_; }
  /// Of the last protection run of this dataset, in this session.
  const std::optional<pipelines::ProtectDatasetSummary>& lastRun() const { return lastRun_; }
  void setLastRun(pipelines::ProtectDatasetSummary summary);

  /// Makes a project of `path` (a dataset, or a project file) and opens it in the background.
  void open(const QString& path);
  /// Draws a synthetic dataset below `folder` and opens it.
  void openSampleData(const QString& folder);
  void goTo(Page page) { Q_EMIT pageRequested(page); }
  /// A sentence for the person; `title` says what was tried.
  void showError(const QString& title, const QString& message);

 Q_SIGNALS:
  void browserChanged();
  void lastRunChanged();
  void pageRequested(medlocker::ui::Page page);
  /// A person wants the model in this folder audited.
  void auditRequested(const QString& model);
  /// The dialog service asks on top of this widget.
  void errorShown(const QString& title, const QString& message);

 private:
  void reopen();

  Settings& settings_;
  Dialogs& dialogs_;
  Project project_;
  TaskRunner tasks_;
  ThumbnailLoader thumbnails_;
  SampleModel samples_;
  std::shared_ptr<const pipelines::DatasetBrowser> browser_;
  std::optional<pipelines::ProtectDatasetSummary> lastRun_;
};

/// Paths cross between Qt and the pipelines as UTF-8.
std::filesystem::path toPath(const QString& text);
QString toText(const std::filesystem::path& path);
/// `wanted`, or where that exists already the first of wanted-2, wanted-3 … that does not.
QString unusedPath(const QString& wanted);

}  // namespace medlocker::ui
