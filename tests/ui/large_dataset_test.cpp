// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QFile>
#include <QScrollBar>
#include <cstdio>

#include "core/pipelines/synthesize_dataset.h"
#include "tests/support/temp_folder.h"
#include "tests/ui/event_loop_watchdog.h"
#include "tests/ui/scripted_window.h"
#include "ui/widgets/gallery_view.h"

namespace medlocker::ui {
namespace {

namespace fs = std::filesystem;

constexpr int kImages = 100'000;
constexpr double kMebibyte = 1024.0 * 1024.0;

/// Resident memory of this process in MiB.
double residentMemory() {
  QFile file(QStringLiteral("/proc/self/statm"));
  if (!file.open(QIODevice::ReadOnly)) return 0;
  return file.readAll().split(' ').value(1).toDouble() * 4096 / kMebibyte;
}

/// 100,000 names in two classes; the pixels are those of a few files (hard links, 50,000 of each at most).
fs::path largeSet(const fs::path& folder) {
  pipelines::SynthOptions synth;
  synth.out = folder / "small";
  synth.count = 4;
  synth.width = synth.height = 256;
  synth.masks = false;
  pipelines::synthesizeDataset(synth);
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(synth.out))
    if (entry.path().extension() == ".png") files.push_back(entry.path());
  for (const char* name : {"0_none", "1_some"}) fs::create_directories(folder / "large" / name);
  for (int i = 0; i < kImages; ++i) {
    char name[40];
    std::snprintf(name, sizeof name, "P%06d.png", i);
    fs::create_hard_link(files[static_cast<std::size_t>(i) % files.size()],
                         folder / "large" / (i % 2 == 0 ? "0_none" : "1_some") / name);
  }
  return folder / "large";
}

TEST(LargeDataset, IsListedAndScrolledWithinItsMemory) {
  const test::TempFolder folder;
  const fs::path set = largeSet(folder.path());
  ScriptedWindow script(QString::fromStdString((folder / "home").string()));
  script.goTo(Page::Dataset);
  const double before = residentMemory();

  QElapsedTimer clock;
  clock.start();
  EventLoopWatchdog watchdog;
  watchdog.setPhase("listing");
  script.state().open(QString::fromStdString(set.string()));
  script.waitUntilIdle();
  script.throwIfFailed();
  const double listed = static_cast<double>(clock.elapsed()) / 1000;
  ASSERT_EQ(script.state().samples().rowCount(), kImages);

  watchdog.setPhase("scrolling");
  script.goTo(Page::Dataset);
  auto* gallery = script.window().findChild<GalleryView*>();
  ASSERT_TRUE(gallery);
  QScrollBar* bar = gallery->verticalScrollBar();
  ASSERT_GT(bar->maximum(), 1'000'000);
  for (int step = 0; step <= 200; ++step) {
    bar->setValue(static_cast<int>(static_cast<double>(bar->maximum()) * step / 200));
    QTest::qWait(4);
  }
  watchdog.setPhase("filtering");
  SampleFilter filter;
  filter.text = QStringLiteral("P0999");
  script.state().samples().setFilter(filter);
  EXPECT_EQ(script.state().samples().rowCount(), 100);
  script.state().samples().setFilter({});
  QTest::qWait(50);
  const double grown = residentMemory() - before;
  std::printf(
      "100,000 images: listed in %.2f s; %.0f MiB more than the empty window; longest turn of the event loop "
      "%.0f ms\n",
      listed, grown, watchdog.longestMilliseconds());
  RecordProperty("listed_seconds", std::to_string(listed));
  RecordProperty("mebibytes", std::to_string(grown));
  EXPECT_LT(grown, 400);
  // Two seconds are the aim on a quiet machine; this only tells a list that grows faster than its images.
  EXPECT_LT(listed, 20);
  EXPECT_EQ(watchdog.stalls(), 0) << watchdog.report().toStdString();
}

}  // namespace
}  // namespace medlocker::ui
