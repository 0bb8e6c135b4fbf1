// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>

#include "core/pipelines/synthesize_dataset.h"
#include "core/pipelines/train_segmenter.h"
#include "tests/support/temp_folder.h"
#include "ui/main_window.h"
#include "ui/pages/lesions_page.h"
#include "ui/pages/protect_page.h"
#include "ui/widgets/image_view.h"

namespace medlocker::ui {
namespace {

/// Answers what a person would be asked.
class Answers : public Dialogs {
 public:
  QString folder;
  QStringList errors;
  QString chooseFolder(QWidget*, const QString&, const QString&) override { return folder; }
  QStringList chooseFiles(QWidget*, const QString&, const QString&, const QString&) override { return {}; }
  QString chooseFile(QWidget*, const QString&, const QString&, const QString&) override { return {}; }
  QString chooseSaveFile(QWidget*, const QString&, const QString&, const QString&) override { return {}; }
  bool confirm(QWidget*, const QString&, const QString&, const QString&) override { return true; }
  void showError(QWidget*, const QString&, const QString& message) override { errors << message; }
  void showInformation(QWidget*, const QString&, const QString&) override {}
  std::optional<QString> askPassphrase(QWidget*, const QString&) override { return QString(); }
};

class Window : public testing::Test {
 protected:
  void SetUp() override {
    pipelines::SynthOptions options;
    options.out = folder_ / "data";
    options.count = 6;
    options.width = options.height = 192;
    options.seed = 3;
    pipelines::synthesizeDataset(options);
    settings_ = std::make_unique<Settings>(text(folder_ / "settings.ini"));
    settings_->setOutputFolder(text(folder_ / "out"));
    window_ = std::make_unique<MainWindow>(*settings_, answers_);
    window_->show();
  }
  static QString text(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }
  void waitUntilIdle() {
    ASSERT_TRUE(QTest::qWaitFor([this] { return !window_->state().tasks().isRunning(); }, 240'000));
    QTest::qWait(50);
  }
  void open() {
    window_->state().open(text(folder_ / "data"));
    waitUntilIdle();
    ASSERT_TRUE(window_->state().browser());
  }

  test::TempFolder folder_;
  Answers answers_;
  std::unique_ptr<Settings> settings_;
  std::unique_ptr<MainWindow> window_;
};

TEST_F(Window, FindsLesionsWithASegmenter) {
  pipelines::TrainSegmenterOptions training;
  training.dataset = folder_ / "data";
  training.out = folder_ / "segmenter";
  training.width = 4;
  training.shortSide = 192;
  training.tileSide = 64;
  training.tilesPerImage = 1;
  training.epochs = 1;
  training.threshold = 0.1;
  ASSERT_EQ(pipelines::trainSegmenter(training).outcome, Outcome::Completed);
  open();
  auto* button = window_->findChild<QPushButton*>("findLesions");
  ASSERT_TRUE(button);
  ASSERT_TRUE(button->isEnabled());
  answers_.folder = text(folder_ / "segmenter");
  button->click();
  waitUntilIdle();
  ASSERT_TRUE(answers_.errors.isEmpty()) << answers_.errors.join('\n').toStdString();
  const QString masks = window_->state().project().state().masks;
  EXPECT_TRUE(masks.endsWith(QLatin1String("lesions/data/masks"))) << masks.toStdString();
  EXPECT_TRUE(QFileInfo(masks).isDir());
  ASSERT_TRUE(window_->state().browser());
  EXPECT_EQ(window_->state().samples().rowCount(), 6);
  // It is a step like any other.
  window_->state().project().undoStack().undo();
  EXPECT_TRUE(window_->state().project().state().masks.isEmpty());
}

TEST_F(Window, ListsAnOpenedDataset) {
  open();
  EXPECT_EQ(window_->state().samples().rowCount(), 6);
  const QAbstractItemModelTester tester(&window_->state().samples(),
                                        QAbstractItemModelTester::FailureReportingMode::Fatal);
  SampleFilter filter;
  filter.label = 0;
  window_->state().samples().setFilter(filter);
  EXPECT_LT(window_->state().samples().rowCount(), 6);
}

TEST_F(Window, SaysWhatIsWrongWithAFolderWithoutImages) {
  std::filesystem::create_directories(folder_ / "empty");
  window_->state().open(text(folder_ / "empty"));
  waitUntilIdle();
  ASSERT_TRUE(QTest::qWaitFor([this] { return !answers_.errors.isEmpty(); }, 10'000));
  EXPECT_TRUE(answers_.errors.first().contains("empty"));
}

TEST_F(Window, EditsOfBoxesCanBeUndone) {
  open();
  window_->showPage(Page::Lesions);
  auto* page = qobject_cast<LesionsPage*>(window_->pageWidget(Page::Lesions));
  ASSERT_TRUE(page);
  page->review(0);
  ASSERT_TRUE(
      QTest::qWaitFor([page] { return page->view().zoom() != 1 || !page->view().boxes().empty(); }, 20'000));
  QTest::qWait(500);
  const std::size_t before = page->view().boxes().size();
  Q_EMIT page->view().boxDrawn({10, 10, 40, 40, "OTHER", "user"});
  EXPECT_EQ(page->view().boxes().size(), before + 1);
  window_->state().project().undoStack().undo();
  EXPECT_EQ(page->view().boxes().size(), before);
}

TEST_F(Window, ProtectsSampleDataWithoutAModel) {
  open();
  window_->showPage(Page::Protect);
  auto* page = qobject_cast<ProtectPage*>(window_->pageWidget(Page::Protect));
  ASSERT_TRUE(page);
  page->findChild<QPushButton*>("makeKey")->click();
  window_->state().project().change("out", [this](ProjectState& s) { s.out = text(folder_ / "protected"); });
  ASSERT_TRUE(page->isReady());
  page->findChild<QPushButton*>("start")->click();
  waitUntilIdle();
  ASSERT_TRUE(answers_.errors.isEmpty()) << answers_.errors.first().toStdString();
  ASSERT_TRUE(window_->state().lastRun());
  EXPECT_EQ(window_->state().lastRun()->samples, 6);
  EXPECT_TRUE(QFileInfo::exists(text(folder_ / "protected" / "certificate.json")));
}

}  // namespace
}  // namespace medlocker::ui
