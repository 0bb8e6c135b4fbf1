// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/run_context.h"

#include <gtest/gtest.h>

#include <vector>

namespace medlocker {
namespace {

class RecordingSink : public ProgressSink {
 public:
  void report(const Progress& progress) override { seen.push_back(progress); }
  std::vector<Progress> seen;
};

TEST(RunContext, DefaultNeverStopsAndIsSilent) {
  const RunContext context;
  EXPECT_FALSE(context.stopRequested());
  EXPECT_NO_THROW(context.report({"search", 1, 2, ""}));
}

TEST(RunContext, CopiesShareTheStopRequestAndTheSink) {
  std::stop_source source;
  const auto sink = std::make_shared<RecordingSink>();
  const RunContext context(source.get_token(), sink);
  const RunContext copy = context;
  copy.report({"export", 3, 10, "a.png"});
  ASSERT_EQ(sink->seen.size(), 1U);
  EXPECT_EQ(sink->seen[0].stage, "export");
  EXPECT_EQ(sink->seen[0].done, 3);
  EXPECT_EQ(sink->seen[0].total, 10);
  EXPECT_EQ(sink->seen[0].note, "a.png");
  EXPECT_FALSE(copy.stopRequested());
  source.request_stop();
  EXPECT_TRUE(copy.stopRequested());
  EXPECT_TRUE(context.stopRequested());
}

}  // namespace
}  // namespace medlocker
