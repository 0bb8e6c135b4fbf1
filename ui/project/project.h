// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QUndoStack>
#include <functional>
#include <map>
#include <string>

#include "core/pipelines/dataset_browser.h"

namespace medlocker::ui {

/// What a person decided for one dataset. A plain value: undo keeps copies of it, the project file is its
/// JSON.
struct ProjectState {
  QString dataset;
  QString masks;  ///< extra folder with masks; may be empty
  std::map<std::string, pipelines::BoxEdits> boxes;
  QString logo;
  QStringList models;        ///< source models of the search
  QStringList targetModels;  ///< only evaluated
  QStringList trainings;     ///< folders of the trainings that were started here
  QString key;
  QString out;
  QString owner;
  QString title;
  QString licence;
  double opacityLow = 0.40;
  double opacityHigh = 0.90;
  double logoSize = 0.25;
  QString budget = QStringLiteral("balanced");
  QString mode = QStringLiteral("grid");
  bool operator==(const ProjectState&) const = default;
};

/// The open project with undo and redo for every edit, autosave and crash recovery. GUI thread only.
class Project : public QObject {
  Q_OBJECT
 public:
  /// `recoveryFile`: where unsaved work is kept; empty: no autosave.
  explicit Project(QString recoveryFile = {}, QObject* parent = nullptr);

  const ProjectState& state() const { return state_; }
  QUndoStack& undoStack() { return undo_; }
  const QString& file() const { return file_; }
  bool isModified() const { return !undo_.isClean(); }

  /// One named, undoable step; nothing happens when `edit` changes nothing. Steps with the same non-negative
  /// `mergeId` that follow one another become one (dragging a slider).
  void change(const QString& name, const std::function<void(ProjectState&)>& edit, int mergeId = -1);
  /// A new project on `dataset`; forgets the undo history.
  void begin(const QString& dataset);
  /// Throw Error naming the file.
  void load(const QString& file);
  void save(const QString& file);

  /// Unsaved work of a session that did not end properly.
  bool hasRecovery() const;
  void recover();
  void discardRecovery();

  static constexpr int kAutosaveMilliseconds = 30'000;

 Q_SIGNALS:
  void changed();
  /// Another dataset or masks folder: it must be opened again.
  void datasetChanged();
  void fileChanged();

 private:
  friend class ProjectCommand;
  void apply(const ProjectState& state);
  void autosave();

  ProjectState state_;
  QUndoStack undo_;
  QString file_;
  QString recoveryFile_;
  QTimer autosave_;
  bool dirty_ = false;
};

/// JSON of a project file, schema "medlocker/project/1". Parsing is strict; throws Error(InputRejected).
QByteArray toJson(const ProjectState& state);
ProjectState projectFromJson(const QByteArray& json);

}  // namespace medlocker::ui
