// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "core/common/run_context.h"

namespace medlocker::ui {

/// Runs one job at a time on a thread of its own and tells the window about it, always on the GUI thread.
///
/// A job is a callable that gets a RunContext and returns what is to be done with its result on the GUI
/// thread (it captures the summary). Whatever a job throws becomes `failed` with a plain sentence. Cancelling
/// is no failure: the job returns its summary with Outcome::Cancelled, and `completed` follows.
///
/// Progress is coalesced: reports come as fast as they like, the window hears the latest one at most every
/// 50 ms. Pausing holds the job at its next report. cancel() and pause() return at once. The destructor asks
/// the job to stop and waits for it. All public functions belong to the GUI thread.
class TaskRunner : public QObject {
  Q_OBJECT
 public:
  using Completion = std::function<void()>;
  using Job = std::function<Completion(const RunContext&)>;

  explicit TaskRunner(QObject* parent = nullptr);
  ~TaskRunner() override;

  bool isRunning() const { return running_; }
  bool isPaused() const;
  bool stopRequested() const { return running_ && stop_.stop_requested(); }
  const QString& title() const { return title_; }
  /// Progress as last told; total 0 while unknown.
  const Progress& progress() const { return shown_; }
  /// Seconds until the present stage is done, from its own rate; negative while it cannot be told.
  double remainingSeconds() const;
  /// Items of the stage per second; negative while it cannot be told.
  double itemsPerSecond() const;

  /// False, and nothing happens, while another job runs.
  bool start(const QString& title, Job job);
  void cancel();
  /// Lets the item in hand finish: stops at the first report that counts a further item.
  void stopAfterItem();
  void setPaused(bool paused);

 Q_SIGNALS:
  void started(const QString& title);
  void progressChanged();
  void pausedChanged(bool paused);
  /// The job has ended and its completion has run.
  void completed();
  void failed(const QString& message);
  /// After completed() or failed(): the runner is free again.
  void idle();

 private:
  class Sink;
  struct Ending;

  void showProgress();
  void finish(const std::shared_ptr<Ending>& ending);

  std::shared_ptr<Sink> sink_;
  std::stop_source stop_;
  std::thread thread_;
  QTimer ticker_;
  QString title_;
  Progress shown_;
  QElapsedTimer stageClock_;
  std::string stage_;
  std::int64_t stageFirst_ = 0;
  double pausedSeconds_ = 0;
  QElapsedTimer pauseClock_;
  bool running_ = false;
};

/// The sentence a person reads for an exception; call inside a catch block.
QString describeCurrentException();

}  // namespace medlocker::ui
