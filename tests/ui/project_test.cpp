// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/project/project.h"

#include <gtest/gtest.h>

#include "core/common/error.h"
#include "core/common/json.h"
#include "tests/support/temp_folder.h"

namespace medlocker::ui {
namespace {

ProjectState sample() {
  ProjectState state;
  state.dataset = "/data/fundus";
  state.models = QStringList{"/m/a", "/m/b"};
  state.trainings = QStringList{"/m/b"};
  state.boxes["a/1.png"] = {640, 480, {{1, 2, 30, 40, "MA", "user"}}, {{5, 6, 7, 8, "HE", "annotation"}}};
  state.opacityHigh = 0.75;
  return state;
}

TEST(Project, SurvivesTheRoundTripThroughJson) {
  EXPECT_EQ(projectFromJson(toJson(sample())), sample());
}

TEST(Project, ReadsFilesFromBeforeTrainingsWereRecorded) {
  Json json = Json::parse(toJson(sample()).toStdString());
  ASSERT_EQ(json.erase("trainings"), 1U);
  ProjectState expected = sample();
  expected.trainings.clear();
  EXPECT_EQ(projectFromJson(QByteArray::fromStdString(json.dump())), expected);
}

TEST(Project, RefusesWhatIsNoProject) {
  EXPECT_THROW(projectFromJson("{}"), Error);
  EXPECT_THROW(projectFromJson("not json"), Error);
  EXPECT_THROW(projectFromJson(R"({"schema":"medlocker/project/99"})"), Error);
}

TEST(Project, UndoesAndRedoesNamedSteps) {
  Project project;
  project.change("Draw a box", [](ProjectState& s) {
    s.boxes["x"].added.push_back({0, 0, 9, 9, "MA", "user"});
  });
  project.change("Move a box", [](ProjectState& s) { s.boxes["x"].added[0].x0 = 3; });
  project.change("Nothing", [](ProjectState&) {});
  EXPECT_EQ(project.undoStack().count(), 2);
  EXPECT_EQ(project.undoStack().undoText(), "Move a box");
  project.undoStack().undo();
  EXPECT_EQ(project.state().boxes.at("x").added[0].x0, 0);
  project.undoStack().undo();
  EXPECT_TRUE(project.state().boxes.empty());
  project.undoStack().redo();
  project.undoStack().redo();
  EXPECT_EQ(project.state().boxes.at("x").added[0].x0, 3);
}

TEST(Project, MergesTheStepsOfOneDrag) {
  Project project;
  for (int i = 1; i <= 20; ++i)
    project.change(
        "Change the size", [i](ProjectState& s) { s.logoSize = i / 100.0; }, 7);
  EXPECT_EQ(project.undoStack().count(), 1);
  project.undoStack().undo();
  EXPECT_EQ(project.state(), ProjectState());
}

TEST(Project, SavesAndLoads) {
  const test::TempFolder folder;
  const QString file = QString::fromStdString((folder / "p.medlocker").string());
  Project project;
  project.change("all", [](ProjectState& s) { s = sample(); });
  project.save(file);
  EXPECT_FALSE(project.isModified());
  Project other;
  other.load(file);
  EXPECT_EQ(other.state(), sample());
}

}  // namespace
}  // namespace medlocker::ui
