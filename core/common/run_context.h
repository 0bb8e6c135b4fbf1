// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

namespace medlocker {

/// One progress report. `done` and `total` count items of `stage`; total 0 means unknown.
struct Progress {
  std::string stage;
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::string note;  ///< the current item or a short remark; no patient attributes
};

/// Receives progress. Implementations must be thread-safe: worker threads report too.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  virtual void report(const Progress& progress) = 0;
};

/// How a use case ended. Cancelling is a result, not a failure.
enum class Outcome { Completed, Cancelled };

/// Stop request and progress for one run. Cheap to copy; the default one never stops and is silent.
/// Thread-safe as far as its sink is. The sink must outlive the run.
class RunContext {
 public:
  RunContext() = default;
  RunContext(std::stop_token token, std::shared_ptr<ProgressSink> sink)
      : token_(std::move(token)), sink_(std::move(sink)) {}

  bool stopRequested() const { return token_.stop_requested(); }
  void report(const Progress& progress) const {
    if (sink_) sink_->report(progress);
  }
  const std::stop_token& token() const { return token_; }
  const std::shared_ptr<ProgressSink>& sink() const { return sink_; }

 private:
  std::stop_token token_;
  std::shared_ptr<ProgressSink> sink_;
};

}  // namespace medlocker
