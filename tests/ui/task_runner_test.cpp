// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/tasks/task_runner.h"

#include <gtest/gtest.h>

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QThread>

#include "core/common/error.h"

namespace medlocker::ui {
namespace {

constexpr int kWait = 20'000;  // milliseconds; generous, because machines are busy

TEST(TaskRunner, RunsTheCompletionOnTheGuiThread) {
  TaskRunner runner;
  QSignalSpy idle(&runner, &TaskRunner::idle);
  QThread* completionThread = nullptr;
  QThread* jobThread = nullptr;
  ASSERT_TRUE(runner.start("job", [&](const RunContext&) {
    jobThread = QThread::currentThread();
    return [&] { completionThread = QThread::currentThread(); };
  }));
  EXPECT_FALSE(runner.start("another", [](const RunContext&) { return TaskRunner::Completion(); }));
  ASSERT_TRUE(idle.wait(kWait));
  EXPECT_EQ(completionThread, QThread::currentThread());
  EXPECT_NE(jobThread, QThread::currentThread());
  EXPECT_FALSE(runner.isRunning());
}

TEST(TaskRunner, TurnsExceptionsIntoSentences) {
  TaskRunner runner;
  QSignalSpy failed(&runner, &TaskRunner::failed);
  QSignalSpy completed(&runner, &TaskRunner::completed);
  runner.start("job", [](const RunContext&) -> TaskRunner::Completion {
    throw Error(ErrorCode::NotFound, "does not exist", "a.png");
  });
  ASSERT_TRUE(failed.wait(kWait));
  EXPECT_EQ(failed.at(0).at(0).toString(), "a.png: does not exist");
  EXPECT_EQ(completed.count(), 0);
}

TEST(TaskRunner, CancelIsAResultAndReturnsAtOnce) {
  TaskRunner runner;
  QSignalSpy completed(&runner, &TaskRunner::completed);
  Outcome outcome = Outcome::Completed;
  runner.start("job", [&](const RunContext& context) {
    while (!context.stopRequested()) QThread::msleep(1);
    return [&] { outcome = Outcome::Cancelled; };
  });
  QElapsedTimer clock;
  clock.start();
  runner.cancel();
  EXPECT_LT(clock.elapsed(), 100);
  ASSERT_TRUE(completed.wait(kWait));
  EXPECT_EQ(outcome, Outcome::Cancelled);
}

TEST(TaskRunner, StopsAfterTheItemInHand) {
  TaskRunner runner;
  QSignalSpy completed(&runner, &TaskRunner::completed);
  std::int64_t reached = 0;
  std::atomic<bool> go = false;
  runner.start("job", [&](const RunContext& context) {
    context.report({"items", 0, 100, "first"});
    while (!go) QThread::msleep(1);
    for (reached = 1; reached < 100 && !context.stopRequested(); ++reached)
      context.report({"items", reached, 100, "next"});
    return TaskRunner::Completion();
  });
  QSignalSpy progress(&runner, &TaskRunner::progressChanged);
  ASSERT_TRUE(progress.wait(kWait));
  runner.stopAfterItem();
  go = true;
  ASSERT_TRUE(completed.count() > 0 || completed.wait(kWait));
  EXPECT_EQ(reached, 2);  // stopped by the first report that counted a further item
}

TEST(TaskRunner, CoalescesProgress) {
  TaskRunner runner;
  QSignalSpy progress(&runner, &TaskRunner::progressChanged);
  QSignalSpy idle(&runner, &TaskRunner::idle);
  runner.start("job", [](const RunContext& context) {
    for (int i = 0; i < 100'000; ++i) context.report({"items", i + 1, 100'000, {}});
    return TaskRunner::Completion();
  });
  ASSERT_TRUE(idle.wait(kWait));
  EXPECT_LT(progress.count(), 1000);
  EXPECT_EQ(runner.progress().done, 100'000);
}

TEST(TaskRunner, DestructorStopsTheJob) {
  std::atomic<bool> ended = false;
  {
    TaskRunner runner;
    runner.start("job", [&](const RunContext& context) {
      while (!context.stopRequested()) QThread::msleep(1);
      ended = true;
      return TaskRunner::Completion();
    });
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace medlocker::ui
