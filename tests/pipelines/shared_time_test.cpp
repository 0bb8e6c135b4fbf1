// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/shared_time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace medlocker::pipelines {
namespace {

TEST(SharedTime, ChargesEachItsPart) {
  SharedTime::Clock::time_point now{};
  SharedTime time([&now] { return now; });
  const auto pass = [&now](int seconds) { now += std::chrono::seconds(seconds); };
  double a = 0;
  double b = 0;
  std::optional<SharedTime::Share> first(std::in_place, time, a);
  pass(3);  // a alone
  std::optional<SharedTime::Share> second(std::in_place, time, b);
  pass(4);  // both
  first.reset();
  pass(5);  // b alone
  second.reset();
  pass(100);  // nobody
  EXPECT_DOUBLE_EQ(a, 3 + 2);
  EXPECT_DOUBLE_EQ(b, 2 + 5);
  second.emplace(time, b);
  pass(1);
  second.reset();
  EXPECT_DOUBLE_EQ(b, 8);
}

}  // namespace
}  // namespace medlocker::pipelines
