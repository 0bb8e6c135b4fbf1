// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/project/project.h"

#include <QFile>
#include <QFileInfo>
#include <QUndoCommand>
#include <utility>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"

namespace medlocker::ui {
namespace {

constexpr const char* kSchema = "medlocker/project/1";

Json boxJson(const pipelines::RegionBox& box) {
  return {{"box", {box.x0, box.y0, box.x1, box.y1}}, {"kind", box.kind}, {"source", box.source}};
}

pipelines::RegionBox boxFromJson(const Json& json) {
  const auto numbers = json.at("box").get<std::vector<int>>();
  if (numbers.size() != 4) throw Error(ErrorCode::InputRejected, "a box must have four numbers");
  return {numbers[0],
          numbers[1],
          numbers[2],
          numbers[3],
          json.at("kind").get<std::string>(),
          json.at("source").get<std::string>()};
}

Json boxesJson(const std::vector<pipelines::RegionBox>& boxes) {
  Json list = Json::array();
  for (const pipelines::RegionBox& box : boxes) list.push_back(boxJson(box));
  return list;
}

std::vector<pipelines::RegionBox> boxesFromJson(const Json& json) {
  std::vector<pipelines::RegionBox> boxes;
  for (const Json& item : json) boxes.push_back(boxFromJson(item));
  return boxes;
}

std::vector<std::string> strings(const QStringList& list) {
  std::vector<std::string> result;
  for (const QString& text : list) result.push_back(text.toStdString());
  return result;
}

QStringList stringList(const Json& json) {
  QStringList result;
  for (const Json& item : json) result.append(QString::fromStdString(item.get<std::string>()));
  return result;
}

}  // namespace

QByteArray toJson(const ProjectState& state) {
  Json boxes = Json::object();
  for (const auto& [id, edits] : state.boxes)
    boxes[id] = {{"width", edits.width},
                 {"height", edits.height},
                 {"added", boxesJson(edits.added)},
                 {"removed", boxesJson(edits.removed)}};
  const Json json = {{"schema", kSchema},
                     {"dataset", state.dataset.toStdString()},
                     {"masks", state.masks.toStdString()},
                     {"boxes", boxes},
                     {"logo", state.logo.toStdString()},
                     {"models", strings(state.models)},
                     {"target_models", strings(state.targetModels)},
                     {"trainings", strings(state.trainings)},
                     {"key", state.key.toStdString()},
                     {"out", state.out.toStdString()},
                     {"owner", state.owner.toStdString()},
                     {"title", state.title.toStdString()},
                     {"licence", state.licence.toStdString()},
                     {"opacity_low", state.opacityLow},
                     {"opacity_high", state.opacityHigh},
                     {"logo_size", state.logoSize},
                     {"budget", state.budget.toStdString()},
                     {"mode", state.mode.toStdString()}};
  return QByteArray::fromStdString(json.dump(1));
}

ProjectState projectFromJson(const QByteArray& text) {
  try {
    const Json json = Json::parse(text.toStdString());
    if (json.at("schema") != kSchema)
      throw Error(ErrorCode::InputRejected, "is not a MedLocker project of a version known here");
    const auto string = [&json](const char* name) {
      return QString::fromStdString(json.at(name).get<std::string>());
    };
    ProjectState state;
    state.dataset = string("dataset");
    state.masks = string("masks");
    for (const auto& [id, edits] : json.at("boxes").items())
      state.boxes[id] = {edits.at("width").get<int>(), edits.at("height").get<int>(),
                         boxesFromJson(edits.at("added")), boxesFromJson(edits.at("removed"))};
    state.logo = string("logo");
    state.models = stringList(json.at("models"));
    state.targetModels = stringList(json.at("target_models"));
    // Files of the first version have none.
    if (json.contains("trainings")) state.trainings = stringList(json.at("trainings"));
    state.key = string("key");
    state.out = string("out");
    state.owner = string("owner");
    state.title = string("title");
    state.licence = string("licence");
    state.opacityLow = json.at("opacity_low").get<double>();
    state.opacityHigh = json.at("opacity_high").get<double>();
    state.logoSize = json.at("logo_size").get<double>();
    state.budget = string("budget");
    state.mode = string("mode");
    return state;
  } catch (const Json::exception&) {
    throw Error(ErrorCode::InputRejected, "is not a MedLocker project file, or it is damaged");
  }
}

/// Keeps the states before and after: a project is small, and so no edit can be undone wrongly.
class ProjectCommand : public QUndoCommand {
 public:
  ProjectCommand(Project& project, const QString& name, ProjectState before, ProjectState after, int mergeId)
      : QUndoCommand(name),
        project_(project),
        before_(std::move(before)),
        after_(std::move(after)),
        mergeId_(mergeId) {}

  int id() const override { return mergeId_; }
  bool mergeWith(const QUndoCommand* other) override {
    after_ = static_cast<const ProjectCommand*>(other)->after_;
    return true;
  }
  void undo() override { project_.apply(before_); }
  void redo() override { project_.apply(after_); }

 private:
  Project& project_;
  ProjectState before_;
  ProjectState after_;
  int mergeId_;
};

Project::Project(QString recoveryFile, QObject* parent)
    : QObject(parent), recoveryFile_(std::move(recoveryFile)) {
  if (recoveryFile_.isEmpty()) return;
  autosave_.setInterval(kAutosaveMilliseconds);
  connect(&autosave_, &QTimer::timeout, this, &Project::autosave);
  autosave_.start();
}

void Project::change(const QString& name, const std::function<void(ProjectState&)>& edit, int mergeId) {
  ProjectState after = state_;
  edit(after);
  if (after == state_) return;
  undo_.push(new ProjectCommand(*this, name, state_, std::move(after), mergeId));
}

void Project::apply(const ProjectState& state) {
  const bool other = state.dataset != state_.dataset || state.masks != state_.masks;
  state_ = state;
  dirty_ = true;
  if (other) Q_EMIT datasetChanged();
  Q_EMIT changed();
}

void Project::begin(const QString& dataset) {
  ProjectState fresh;
  fresh.dataset = dataset;
  // Who owns the data and which key signs does not change with the dataset.
  fresh.key = state_.key;
  fresh.owner = state_.owner;
  fresh.logo = state_.logo;
  fresh.models = state_.models;
  undo_.clear();
  file_.clear();
  apply(fresh);
  Q_EMIT fileChanged();
}

void Project::load(const QString& file) {
  ProjectState loaded;
  try {
    loaded = projectFromJson(QByteArray::fromStdString(readTextFile(file.toStdString())));
  } catch (const Error& e) {
    throw e.withContext(file.toStdString());
  }
  undo_.clear();
  file_ = file;
  apply(loaded);
  dirty_ = false;
  Q_EMIT fileChanged();
}

void Project::save(const QString& file) {
  writeFileAtomically(file.toStdString(), std::string_view(toJson(state_).toStdString()));
  file_ = file;
  undo_.setClean();
  dirty_ = false;
  discardRecovery();
  Q_EMIT fileChanged();
}

void Project::autosave() {
  if (!dirty_ || recoveryFile_.isEmpty() || state_.dataset.isEmpty()) return;
  try {
    writeFileAtomically(recoveryFile_.toStdString(), std::string_view(toJson(state_).toStdString()));
    dirty_ = false;
  } catch (const Error&) {
    // A full disk must not interrupt the person every half minute; saving by hand will tell.
  }
}

bool Project::hasRecovery() const {
  return !recoveryFile_.isEmpty() && QFileInfo::exists(recoveryFile_);
}

void Project::recover() {
  load(recoveryFile_);
  file_.clear();
  dirty_ = true;
  Q_EMIT fileChanged();
}

void Project::discardRecovery() {
  if (!recoveryFile_.isEmpty()) QFile::remove(recoveryFile_);
}

}  // namespace medlocker::ui
