// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "core/certificate/owner_keys.h"
#include "core/certificate/private_store.h"
#include "core/pipelines/watch_protection.h"
#include "tests/integration/protection_world.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;

/// What somebody sees who looks as often as possible while a run is under way.
class Watcher {
 public:
  explicit Watcher(const pipelines::SearchMonitor& monitor)
      : thread_([this, &monitor] {
          while (!over_) {
            for (const pipelines::ImageSearch& search : monitor.searches()) {
              pipelines::ImageSearch& seen = seen_[search.item];
              if (search.tried.size() >= seen.tried.size()) seen = search;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the run needs the processor
          }
        }) {}
  std::map<std::string, pipelines::ImageSearch> take() {
    over_ = true;
    thread_.join();
    return std::move(seen_);
  }

 private:
  std::atomic<bool> over_ = false;
  std::map<std::string, pipelines::ImageSearch> seen_;
  std::thread thread_;
};

TEST(WatchedProtection, ShowsCandidatesAndLeavesEveryByteAsItIs) {
  const test::TempFolder folder;
  const test::ProtectionWorld world = test::makeProtectionWorld(folder.path(), 2, 160);
  // One run key, so that whole runs can be compared byte by byte.
  const certificate::OwnerSecretKey owner = certificate::readOwnerSecretKey(world.ownerKey, std::nullopt);
  const auto secrets =
      certificate::RunSecrets::create("2026-01-01T00:00:00Z", certificate::SecretKey32::random());
  pipelines::ProtectDatasetOptions options;
  options.dataset = world.dataset;
  options.logo = world.logo;
  options.ownerKey = world.ownerKey;
  options.models = world.models;
  options.budget = 40;
  options.seed = 7;
  options.threads = 1;
  options.resume = true;
  pipelines::SearchMonitor monitor;
  std::map<std::string, pipelines::ImageSearch> seen;
  for (const bool watched : {false, true}) {
    options.out = folder / (watched ? "watched" : "plain");
    certificate::RunStore::create(options.out / "private", secrets, owner);
    if (!watched) {
      EXPECT_EQ(pipelines::protectDataset(options, {}).outcome, Outcome::Completed);
      continue;
    }
    Watcher watcher(monitor);
    const auto summary = pipelines::watchProtection(options, {}, {}, &monitor);
    seen = watcher.take();
    EXPECT_EQ(summary.outcome, Outcome::Completed);
    EXPECT_EQ(summary.samples, 2);
  }
  EXPECT_EQ(test::folderHashes(folder / "plain" / "images"),
            test::folderHashes(folder / "watched" / "images"));
  for (const char* name : {"certificate.json", "certificate.csv"})
    EXPECT_EQ(test::folderHashes(folder / "plain").at(name), test::folderHashes(folder / "watched").at(name))
        << name;

  EXPECT_EQ(seen.size(), 2U) << "every image was in flight";
  EXPECT_TRUE(monitor.searches().empty()) << "none is left";
  std::size_t candidates = 0;
  std::size_t lesions = 0;
  for (const auto& [item, search] : seen) {
    EXPECT_EQ(search.width, 160) << item;
    EXPECT_EQ(search.height, 160) << item;
    EXPECT_TRUE(search.hasFieldOfView) << item;
    EXPECT_LE(search.evaluations, search.budget) << item;
    candidates += search.tried.size();
    lesions += search.lesions.size();
    for (const pipelines::RegionBox& lesion : search.lesions)
      EXPECT_TRUE(lesion.x0 < lesion.x1 && lesion.y0 < lesion.y1 && lesion.x1 <= 160 && lesion.y1 <= 160);
    for (const pipelines::TriedPlace& place : search.tried) {
      EXPECT_GE(place.x0, search.frame.x0);
      EXPECT_GE(place.y0, search.frame.y0);
      EXPECT_LE(place.x1, search.frame.x1 + 2);  // a working pixel is up to two native ones
      EXPECT_LE(place.y1, search.frame.y1 + 2);
      EXPECT_GE(place.opacity, 0.39);
      EXPECT_LE(place.opacity, 0.91);
      EXPECT_EQ(place.models, 2);
    }
  }
  EXPECT_GT(candidates, 30U);
  EXPECT_GT(lesions, 0U);
}

}  // namespace
}  // namespace medlocker
