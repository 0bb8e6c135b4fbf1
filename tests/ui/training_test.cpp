// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QSpinBox>
#include <QTableView>

#include "core/pipelines/synthesize_dataset.h"
#include "tests/support/temp_folder.h"
#include "tests/ui/event_loop_watchdog.h"
#include "tests/ui/scripted_window.h"
#include "ui/charts/chart_panel.h"
#include "ui/charts/training_charts.h"
#include "ui/pages/audit_form.h"
#include "ui/pages/audit_page.h"
#include "ui/pages/train_page.h"
#include "ui/pages/training_history_view.h"
#include "ui/pages/training_view.h"

namespace medlocker::ui {
namespace {

training::EpochRecord epoch(int number, std::map<std::string, double> extra) {
  training::EpochRecord record;
  record.epoch = number;
  record.learningRate = 0.1 / number;
  record.extra = std::move(extra);
  return record;
}

QStringList idsOf(const std::vector<TrainingSchedule>& schedules) {
  QStringList ids;
  for (const TrainingSchedule& schedule : schedules) ids << schedule.id;
  return ids;
}

TEST(TrainingCharts, GroupColumnsPerClassAndPerTeacher) {
  const QStringList classes{"cat", "black_cat", "dog"};
  const TrainingHistory history{
      epoch(1, {{"temperature_adversarial_cat", 1.1},
                {"temperature_adversarial_black_cat", 0.9},
                {"temperature_adversarial_dog", 1},
                {"temperature_robust_teacher", 2},
                {"temperature_natural_teacher", 3},
                {"adversarial_loss", 0.5},
                {"train_robust_accuracy_cat", 0.25},
                {"train_robust_accuracy_dog", 0.5},
                {"lone_dog", 7},
                {"averaged_accuracy", 0.5}}),
      epoch(2, {{"temperature_adversarial_cat", 1.2}, {"temperature_adversarial_dog", 0.8}})};
  const auto schedules = trainingSchedules(history, classes);
  EXPECT_EQ(idsOf(schedules).join(' ').toStdString(),
            "temperature temperature_adversarial lone_dog loss train_robust_accuracy learning_rate");
  const LineChart& adversarial = schedules[1].chart;
  ASSERT_EQ(adversarial.series.size(), 3U);  // in the order of the classes
  EXPECT_EQ(adversarial.series[0].name, "cat");
  EXPECT_EQ(adversarial.series[0].y, (std::vector<double>{1.1, 1.2}));
  EXPECT_EQ(adversarial.series[1].name, "black_cat");
  EXPECT_EQ(adversarial.series[1].x, (std::vector<double>{1}));
  EXPECT_EQ(adversarial.series[2].y, (std::vector<double>{1, 0.8}));
  EXPECT_FALSE(adversarial.percent);
  EXPECT_EQ(schedules[0].chart.series.size(), 2U);
  EXPECT_TRUE(schedules[4].chart.percent);
  EXPECT_EQ(schedules[5].chart.series[0].y, (std::vector<double>{0.1, 0.05}));
  EXPECT_TRUE(trainingSchedules({}, classes).empty());
  // The rate of a whole model is no schedule; it is shown with the accuracies.
  EXPECT_EQ(accuracyChart(history).series.back().y, (std::vector<double>{0.5}));
}

TEST(TrainingCharts, MarkTheWeakestClassUnderAttack) {
  training::EpochRecord record = epoch(4, {});
  models::ConfusionMatrix clean(2);
  clean.counts = {1, 3, 0, 4};
  models::ConfusionMatrix attacked(2);
  attacked.counts = {1, 3, 4, 0};
  record.validated = record.robustValidated = true;
  record.validation = training::figuresOf(clean);
  record.robust = training::figuresOf(attacked);
  const CategoryChart both = classAccuracyChart({record}, {"a", "b"});
  ASSERT_EQ(both.series.size(), 2U);
  EXPECT_EQ(both.series[0].values, (std::vector<double>{0.25, 1}));
  EXPECT_EQ(both.series[1].values, (std::vector<double>{0.25, 0}));
  EXPECT_EQ(both.marked, 1);
  record.robustValidated = false;
  EXPECT_EQ(classAccuracyChart({record}, {"a", "b"}).marked, 0);
}

/// Text of a figure's table in the view.
QString figure(TrainPage& page, const QString& id) {
  page.view().showSchedule(id);
  return page.view().schedulePanel().tableText();
}

TEST(TrainingPage, ShowsTemperaturesLiveAndAgainFromTheHistory) {
  const test::TempFolder folder;
  pipelines::SynthOptions synth;
  synth.out = folder / "data";
  synth.count = 20;
  synth.width = synth.height = 96;
  synth.masks = false;
  pipelines::synthesizeDataset(synth);
  ScriptedWindow script(toText(folder / "home"));
  script.settings().setThreads(1);
  script.state().open(toText(folder / "data"));
  script.waitUntilIdle();
  script.throwIfFailed();
  script.goTo(Page::Train);
  auto* page = qobject_cast<TrainPage*>(script.window().pageWidget(Page::Train));
  ASSERT_TRUE(page);
  TrainingRunModel& runs = page->runs().runs();
  const QAbstractItemModelTester tester(&runs, QAbstractItemModelTester::FailureReportingMode::Fatal);
  EventLoopWatchdog watchdog;
  watchdog.setPhase("training");

  script.find<QComboBox>("method").setCurrentText("absld");
  EXPECT_TRUE(script.find<QCheckBox>("trainTeachers").isVisible());
  script.find<QComboBox>("architecture").setCurrentText("resnet8");
  script.find<QSpinBox>("epochs").setValue(3);
  script.find<QSpinBox>("inputSize").setValue(32);
  script.click("startTraining");
  ASSERT_TRUE(script.state().tasks().isRunning());
  page->view().tabs().setCurrentIndex(2);
  script.waitFor(
      [&] {
        return page->view().scheduleIds().contains("temperature_clean") ||
               !script.state().tasks().isRunning();
      },
      "the first epoch");
  script.throwIfFailed();
  ASSERT_TRUE(script.state().tasks().isRunning()) << "the training was over before its first epoch was shown";
  EXPECT_TRUE(page->view().scheduleIds().contains("temperature_adversarial"));
  EXPECT_TRUE(page->view().scheduleIds().contains("clean_accuracy"));

  // Stopped, it is in the history and can go on.
  script.click("cancelTask");
  script.waitUntilIdle();
  script.throwIfFailed();
  const std::filesystem::path run = folder / "home" / "results" / "models" / "data-model";
  script.waitFor([&] { return runs.rowOf(run) >= 0 && runs.runAt(runs.rowOf(run)).outcome == "cancelled"; },
                 "the run in the history", 20'000);
  EXPECT_GE(runs.rowOf(run / "teacher-robust"), 0);
  EXPECT_EQ(script.state().project().state().trainings, QStringList{toText(run)});
  page->runs().select(run);
  EXPECT_FALSE(script.find<QPushButton>("auditModel").isEnabled());
  const qsizetype before = figure(*page, "temperature_adversarial").split('\n').size();
  script.click("resumeTraining");
  script.waitUntilIdle();
  script.throwIfFailed();
  const QString live = figure(*page, "temperature_adversarial");
  EXPECT_EQ(live.split('\n').size(), 4) << "a header and three epochs; there were " << before << " lines";
  EXPECT_GE(live.split('\n').first().split('\t').size(), 3);  // epoch and classes

  // Another run is looked at, then this one again.
  script.waitFor([&] { return runs.rowOf(run) >= 0 && runs.runAt(runs.rowOf(run)).hasModel; }, "its model",
                 20'000);
  page->runs().select(run / "teacher-robust");
  EXPECT_FALSE(page->view().scheduleIds().contains("temperature_adversarial"));
  EXPECT_TRUE(page->view().scheduleIds().contains("learning_rate"));
  page->runs().select(run);
  EXPECT_EQ(figure(*page, "temperature_adversarial"), live);
  QTest::qWait(50);
  EXPECT_EQ(watchdog.stalls(), 0) << watchdog.report().toStdString();

  // Its model goes on to the other pages.
  EXPECT_TRUE(script.state().project().state().models.contains(toText(run)));
  script.click("auditModel");
  auto* audit = qobject_cast<AuditPage*>(script.window().pageWidget(Page::Audit));
  const auto models = audit->form().options().models;
  EXPECT_NE(std::find(models.begin(), models.end(), run), models.end());
}

}  // namespace
}  // namespace medlocker::ui
