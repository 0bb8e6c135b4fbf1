// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <utility>

namespace medlocker::pipelines {

/// Divides time between those that work side by side: while n of them do, each is charged one n-th. The
/// charges of a run therefore never add up to more than it took. Thread-safe.
class SharedTime {
 public:
  using Clock = std::chrono::steady_clock;

  explicit SharedTime(std::function<Clock::time_point()> now = Clock::now) : now_(std::move(now)) {}

  /// One that works, from construction to destruction; adds its charge to `seconds`.
  class Share {
   public:
    Share(SharedTime& time, double& seconds) : time_(time), seconds_(seconds), begun_(time.advance(+1)) {}
    ~Share() { seconds_ += time_.advance(-1) - begun_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    SharedTime& time_;
    double& seconds_;
    double begun_;
  };

 private:
  /// The charge of one who had worked all along, up to now; then one more or less works.
  double advance(int change) {
    const std::lock_guard lock(mutex_);
    const Clock::time_point now = now_();
    if (working_ > 0) charge_ += std::chrono::duration<double>(now - last_).count() / working_;
    last_ = now;
    working_ += change;
    return charge_;
  }

  std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  Clock::time_point last_;
  double charge_ = 0;
  int working_ = 0;
};

}  // namespace medlocker::pipelines
