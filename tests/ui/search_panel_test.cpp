// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/search_panel.h"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QImage>
#include <QTableView>
#include <set>

#include "core/pipelines/synthesize_dataset.h"
#include "core/pipelines/train_model.h"
#include "tests/support/temp_folder.h"
#include "tests/ui/event_loop_watchdog.h"
#include "tests/ui/scripted_window.h"
#include "ui/pages/protect_page.h"
#include "ui/pages/protect_run_view.h"

namespace medlocker::ui {
namespace {

pipelines::TriedPlace place(int x, double objective) {
  return {x, 20, x + 30, 50, 0.5, objective, 1, 2};
}

TEST(SearchView, RanksCandidatesByWhatTheyBeat) {
  const std::vector<double> ranks =
      ranksOf({place(0, 5), place(0, -1), place(0, 2), place(0, 2), place(0, 9)});
  EXPECT_EQ(ranks, (std::vector<double>{0.25, 1, 0.625, 0.625, 0}));
  EXPECT_EQ(ranksOf({place(0, 3)}), (std::vector<double>{1}));
  EXPECT_TRUE(ranksOf({}).empty());
  // Better is lighter, whatever colours a person sees.
  for (int i = 1; i <= 20; ++i)
    EXPECT_GT(qGray(candidateColour(i / 20.0).rgb()), qGray(candidateColour((i - 1) / 20.0).rgb())) << i;
}

TEST(SearchView, DrawsLesionsCandidatesAndTheBestOne) {
  pipelines::ImageSearch search;
  search.item = "a.png";
  search.width = search.height = 200;
  search.lesions = {{150, 150, 180, 180, "MA", "annotation"}};
  search.budget = 100;
  search.evaluations = 3;
  search.tried = {place(20, 4), place(100, -1)};
  QImage black(100, 100, QImage::Format_RGB32);
  black.fill(Qt::black);
  SearchView view;
  view.resize(426, 426);
  view.setSearch(black, search);
  const auto at = [&](double x, double y) {
    const QRectF dot = view.toWidget({static_cast<int>(x), static_cast<int>(y), static_cast<int>(x) + 1,
                                      static_cast<int>(y) + 1, 0, 0, 0, 0});
    return view.grab().toImage().pixelColor(dot.topLeft().toPoint());
  };
  EXPECT_EQ(at(80, 80), QColor(Qt::black)) << "between them";
  EXPECT_GT(qGray(at(100, 35).rgb()), 60) << "a good candidate's edge";
  EXPECT_LT(qGray(at(20, 35).rgb()), qGray(at(100, 35).rgb())) << "a poor one is fainter";
  EXPECT_NE(at(20, 35), QColor(Qt::black));
  std::set<QRgb> lesion;
  for (int x = 150; x < 180; ++x) lesion.insert(at(x, 150).rgb());
  EXPECT_GT(lesion.size(), 1U) << "dashes";
  search.best = place(100, -1);
  view.setSearch(black, search);
  EXPECT_GT(qGray(at(100, 35).rgb()), 200) << "the best one is white";
  EXPECT_EQ(
      describeSearch(search).toStdString(),
      "a.png: best score -1.00, 1 of 2 models misled, 3 of 100 evaluations, at 100, 20, opacity 50.0 %");
}

TEST(SearchPanel, FollowsARealProtectionWithoutStalls) {
  const test::TempFolder folder;
  pipelines::SynthOptions synth;
  synth.out = folder / "data";
  synth.count = 8;
  synth.width = synth.height = 192;
  synth.seed = 5;
  pipelines::synthesizeDataset(synth);
  pipelines::TrainOptions train;
  train.dataset = synth.out;
  train.out = folder / "model";
  train.arch = "resnet8";
  train.inputSize = 32;
  train.trainer.epochs = 1;
  train.threads = 1;
  pipelines::trainModel(train);
  ScriptedWindow script(toText(folder / "home"));
  script.state().open(toText(folder / "data"));
  script.waitUntilIdle();
  script.throwIfFailed();
  auto* page = qobject_cast<ProtectPage*>(script.window().pageWidget(Page::Protect));
  ASSERT_TRUE(page);
  SearchPanel& panel = page->running().search();
  const QAbstractItemModelTester tester(&panel.model(),
                                        QAbstractItemModelTester::FailureReportingMode::Fatal);
  script.goTo(Page::Protect);
  script.click("makeKey");
  script.state().project().change("model",
                                  [&](ProjectState& s) { s.models = QStringList{toText(folder / "model")}; });
  ASSERT_TRUE(page->isReady());

  EventLoopWatchdog watchdog;
  watchdog.setPhase("protecting");
  QElapsedTimer clock;
  std::set<std::string> images;
  int updatesWithCandidates = 0;
  bool drawn = false;
  QObject::connect(&panel.model(), &QAbstractItemModel::dataChanged, &panel, [&] {
    const pipelines::ImageSearch& search = panel.view().search();
    images.insert(search.item);
    if (search.tried.empty() || !search.best) return;
    ++updatesWithCandidates;
    drawn = drawn || !panel.view().toWidget(*search.best).isEmpty();
  });
  script.click("start");
  clock.start();
  script.waitUntilIdle();
  script.throwIfFailed();
  const double seconds = static_cast<double>(clock.elapsed()) / 1000;
  ASSERT_TRUE(script.state().lastRun());
  EXPECT_EQ(script.state().lastRun()->samples, 8);
  EXPECT_GT(updatesWithCandidates, 0);
  EXPECT_TRUE(drawn);
  // However many candidates were scored, the window looked ten times a second at most.
  EXPECT_LE(panel.updates(), static_cast<int>(seconds * 1000 / SearchPanel::kPollMilliseconds) + 2);
  EXPECT_EQ(watchdog.stalls(), 0) << watchdog.report().toStdString();
  std::printf("%d updates in %.1f s\n", panel.updates(), seconds);
}

TEST(SearchPanel, ShowsTheImageThatIsChosen) {
  const test::TempFolder folder;
  ScriptedWindow script(toText(folder / "home"));
  SearchPanel panel(script.state());
  panel.resize(500, 500);
  panel.show();
  auto monitor = std::make_shared<pipelines::SearchMonitor>();
  panel.begin(monitor);
  for (const char* item : {"one", "two"}) {
    pipelines::ImageSearch search;
    search.item = item;
    search.width = search.height = 100;
    monitor->begin(search);
  }
  ASSERT_TRUE(QTest::qWaitFor([&] { return panel.model().rowCount() == 2; }, 5000));
  EXPECT_EQ(panel.view().search().item, "one");
  auto* table = panel.findChild<QTableView*>("searches");
  ASSERT_TRUE(table);
  table->setCurrentIndex(panel.model().index(1, 0));
  EXPECT_EQ(panel.view().search().item, "two");
  monitor->update("two", "refine", 5, 10, {place(1, 2)}, place(1, 2));
  ASSERT_TRUE(QTest::qWaitFor([&] { return panel.view().search().evaluations == 5; }, 5000));
  EXPECT_EQ(panel.view().search().item, "two") << "the choice stays";
  const int updates = panel.updates();
  QTest::qWait(3 * SearchPanel::kPollMilliseconds);
  EXPECT_EQ(panel.updates(), updates) << "nothing new: nothing is drawn";
  monitor->end("two");
  ASSERT_TRUE(QTest::qWaitFor([&] { return panel.view().search().item == "one"; }, 5000));
  monitor->end("one");
  ASSERT_TRUE(QTest::qWaitFor([&] { return panel.model().rowCount() == 0; }, 5000));
  EXPECT_EQ(panel.view().search().item, "one") << "the last one stays in view";
}

}  // namespace
}  // namespace medlocker::ui
