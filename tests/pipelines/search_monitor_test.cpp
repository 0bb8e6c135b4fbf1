// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/search_monitor.h"

#include <gtest/gtest.h>

#include <thread>

namespace medlocker::pipelines {
namespace {

TriedPlace place(int x, double objective) {
  return {x, 0, x + 10, 10, 0.5, objective, objective < 0 ? 1 : 0, 2};
}

ImageSearch imageOf(const std::string& item) {
  ImageSearch search;
  search.item = item;
  search.width = search.height = 100;
  search.lesions = {{1, 2, 3, 4, "MA", "annotation"}};
  return search;
}

TEST(SearchMonitor, GivesTheLatestStateHoweverManyUpdatesThereWere) {
  SearchMonitor monitor;
  EXPECT_TRUE(monitor.searches().empty());
  monitor.begin(imageOf("a"));
  for (int i = 1; i <= 1000; ++i)
    monitor.update("a", "coarse", i, 2000, {place(i, 1000.0 - i)}, std::nullopt);
  const auto searches = monitor.searches();
  ASSERT_EQ(searches.size(), 1U);
  EXPECT_EQ(searches[0].evaluations, 1000);
  EXPECT_EQ(searches[0].budget, 2000);
  EXPECT_EQ(searches[0].lesions.size(), 1U);
  ASSERT_EQ(searches[0].tried.size(), SearchMonitor::kMostTried);
  EXPECT_EQ(searches[0].tried.back().x0, 1000) << "the latest ones are kept";
  ASSERT_TRUE(searches[0].best);
  EXPECT_EQ(searches[0].best->x0, 1000);
  const std::uint64_t version = monitor.version();
  EXPECT_EQ(monitor.version(), version) << "nothing changed: nothing to draw";
}

TEST(SearchMonitor, TheSearchsOwnBestCounts) {
  SearchMonitor monitor;
  monitor.begin(imageOf("a"));
  monitor.update("a", "coarse", 2, 100, {place(1, -5), place(2, -1)}, std::nullopt);
  EXPECT_EQ(monitor.searches()[0].best->x0, 1);
  // Screened without transforms, a place looks better than it is.
  monitor.update("a", "refine", 3, 100, {place(3, -2)}, place(3, -2));
  EXPECT_EQ(monitor.searches()[0].best->x0, 3);
}

TEST(SearchMonitor, AnotherSizeBeginsAnew) {
  SearchMonitor monitor;
  monitor.begin(imageOf("a"));
  monitor.update("a", "coarse", 50, 100, {place(1, -5)}, place(1, -5));
  monitor.update("a", "coarse", 10, 100, {place(2, 3)}, std::nullopt);
  ASSERT_EQ(monitor.searches()[0].tried.size(), 1U);
  EXPECT_EQ(monitor.searches()[0].best->x0, 2);
}

TEST(SearchMonitor, ListsImagesInFlightInTheirOrder) {
  SearchMonitor monitor;
  monitor.begin(imageOf("b"));
  monitor.begin(imageOf("a"));
  ASSERT_EQ(monitor.searches().size(), 2U);
  EXPECT_EQ(monitor.searches()[0].item, "b");
  EXPECT_TRUE(monitor.isInFlight("b"));
  monitor.end("b");
  monitor.update("b", "refine", 1, 2, {}, std::nullopt);  // too late: nothing happens
  EXPECT_FALSE(monitor.isInFlight("b"));
  ASSERT_EQ(monitor.searches().size(), 1U);
  EXPECT_EQ(monitor.searches()[0].item, "a");
}

TEST(SearchMonitor, TakesSearchesThatRunSideBySide) {
  SearchMonitor monitor;
  std::vector<std::thread> threads;
  for (const char* item : {"a", "b", "c"})
    threads.emplace_back([&monitor, item] {
      monitor.begin(imageOf(item));
      for (int i = 1; i <= 500; ++i) monitor.update(item, "refine", i, 500, {place(i, -i)}, place(i, -i));
      monitor.end(item);
    });
  while (monitor.version() < 3 * 502)
    for (const ImageSearch& search : monitor.searches()) {
      ASSERT_LE(search.tried.size(), SearchMonitor::kMostTried);
      if (search.best) {
        ASSERT_EQ(search.best->x0, search.evaluations);
      }
    }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(monitor.searches().empty());
}

}  // namespace
}  // namespace medlocker::pipelines
