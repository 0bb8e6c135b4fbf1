// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/tasks/task_runner.h"

#include <QCoreApplication>
#include <exception>
#include <new>
#include <utility>

#include "core/common/error.h"

namespace medlocker::ui {
namespace {

constexpr int kTickMilliseconds = 50;

}  // namespace

QString describeCurrentException() {
  try {
    throw;
  } catch (const Error& e) {
    return QString::fromUtf8(e.what());
  } catch (const std::bad_alloc&) {
    return QCoreApplication::translate(
        "TaskRunner",
        "The machine ran out of memory. Close other programs or use fewer threads, then try again.");
  } catch (const std::exception& e) {
    return QCoreApplication::translate("TaskRunner", "Unexpected failure: %1")
        .arg(QString::fromUtf8(e.what()));
  } catch (...) {
    return QCoreApplication::translate("TaskRunner", "Unexpected failure of an unknown kind.");
  }
}

/// Where worker threads leave their progress; also holds them while the job is paused.
class TaskRunner::Sink : public ProgressSink {
 public:
  explicit Sink(std::stop_source stop) : stop_(std::move(stop)) {}

  void report(const Progress& progress) override {
    std::unique_lock lock(mutex_);
    if (stopAfterItem_ && progress.stage == latest_.stage && progress.done > stopAt_) stop_.request_stop();
    latest_ = progress;
    fresh_ = true;
    resumed_.wait(lock, [this] { return !paused_ || stop_.stop_requested(); });
  }
  bool take(Progress& into) {
    const std::lock_guard lock(mutex_);
    if (!fresh_) return false;
    fresh_ = false;
    into = latest_;
    return true;
  }
  void setPaused(bool paused) {
    {
      const std::lock_guard lock(mutex_);
      paused_ = paused;
    }
    resumed_.notify_all();
  }
  bool isPaused() {
    const std::lock_guard lock(mutex_);
    return paused_;
  }
  void stopAfterItem() {
    const std::lock_guard lock(mutex_);
    stopAfterItem_ = true;
    stopAt_ = latest_.done;
  }

 private:
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable resumed_;
  Progress latest_;
  bool fresh_ = false;
  bool paused_ = false;
  bool stopAfterItem_ = false;
  std::int64_t stopAt_ = 0;
};

struct TaskRunner::Ending {
  Completion completion;
  QString failure;
  bool hasFailed = false;
};

TaskRunner::TaskRunner(QObject* parent) : QObject(parent) {
  ticker_.setInterval(kTickMilliseconds);
  connect(&ticker_, &QTimer::timeout, this, &TaskRunner::showProgress);
}

TaskRunner::~TaskRunner() {
  if (!thread_.joinable()) return;
  stop_.request_stop();
  if (sink_) sink_->setPaused(false);
  thread_.join();
}

bool TaskRunner::isPaused() const {
  return running_ && sink_ && sink_->isPaused();
}

bool TaskRunner::start(const QString& title, Job job) {
  if (running_) return false;
  if (thread_.joinable()) thread_.join();
  running_ = true;
  title_ = title;
  shown_ = {};
  stage_.clear();
  pausedSeconds_ = 0;
  stop_ = std::stop_source();
  sink_ = std::make_shared<Sink>(stop_);
  ticker_.start();
  Q_EMIT started(title_);

  const RunContext context(stop_.get_token(), sink_);
  thread_ = std::thread([this, context, work = std::move(job)] {
    auto ending = std::make_shared<Ending>();
    try {
      ending->completion = work(context);
    } catch (...) {  // one of the two barriers: nothing may leave a worker thread
      ending->failure = describeCurrentException();
      ending->hasFailed = true;
    }
    QMetaObject::invokeMethod(
        this, [this, ending] { finish(ending); }, Qt::QueuedConnection);
  });
  return true;
}

void TaskRunner::finish(const std::shared_ptr<Ending>& ending) {
  if (thread_.joinable()) thread_.join();
  ticker_.stop();
  showProgress();
  running_ = false;
  QString failure = ending->failure;
  bool hasFailed = ending->hasFailed;
  if (!hasFailed && ending->completion) {
    try {
      ending->completion();
    } catch (...) {
      failure = describeCurrentException();
      hasFailed = true;
    }
  }
  if (hasFailed)
    Q_EMIT failed(failure);
  else
    Q_EMIT completed();
  Q_EMIT idle();
}

void TaskRunner::cancel() {
  if (!running_) return;
  stop_.request_stop();
  sink_->setPaused(false);
  Q_EMIT progressChanged();
}

void TaskRunner::stopAfterItem() {
  if (!running_) return;
  sink_->stopAfterItem();
  setPaused(false);
}

void TaskRunner::setPaused(bool paused) {
  if (!running_ || sink_->isPaused() == paused) return;
  sink_->setPaused(paused);
  if (paused)
    pauseClock_.start();
  else
    pausedSeconds_ += static_cast<double>(pauseClock_.elapsed()) / 1000;
  Q_EMIT pausedChanged(paused);
}

void TaskRunner::showProgress() {
  if (!sink_ || !sink_->take(shown_)) return;
  if (shown_.stage != stage_) {
    stage_ = shown_.stage;
    stageFirst_ = shown_.done;
    pausedSeconds_ = 0;
    stageClock_.start();
  }
  Q_EMIT progressChanged();
}

double TaskRunner::itemsPerSecond() const {
  const double seconds =
      stageClock_.isValid() ? static_cast<double>(stageClock_.elapsed()) / 1000 - pausedSeconds_ : 0;
  const auto done = shown_.done - stageFirst_;
  if (done <= 0 || seconds < 0.5) return -1;
  return static_cast<double>(done) / seconds;
}

double TaskRunner::remainingSeconds() const {
  const double rate = itemsPerSecond();
  if (rate <= 0 || shown_.total <= 0) return -1;
  return static_cast<double>(shown_.total - shown_.done) / rate;
}

}  // namespace medlocker::ui
