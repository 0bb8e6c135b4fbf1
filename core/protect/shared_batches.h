// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/models/classifier.h"

namespace medlocker::protect {

/// Work done so far. `filled` of `rows` repeat another row only to make a batch whole.
struct BatchCounts {
  std::int64_t passes = 0;
  std::int64_t rows = 0;
  std::int64_t filled = 0;
};

/// Runs the forward passes of one or several searches, each of which takes part as a BatchParticipant. A pass
/// of exactly forwardBatch() rows runs as soon as that many wait for one model. `lanes` threads of its own
/// run the passes, one pass on one thread: small batches do not use several cores well, and some networks
/// round differently with another number of threads, which must not show in a result. Meanwhile the searches
/// compose their pictures.
///
/// Fewer rows run, filled up, where a lane would be idle: neither a pass nor a search that is not waiting
/// itself keeps it busy. They also run when they have waited longer than `patience` times the pass would
/// take, so that a search which is busy elsewhere (writing its file, computing gradients) delays the others
/// by a bounded share.
///
/// Rows of a batch of fixed size do not depend on each other, hence logits are the same bytes whoever shares
/// a pass. Models from elsewhere (arch "torchscript") give no such promise and are run for each search alone.
/// Thread-safe. Must outlive its participants; so must the models until logits() returns.
class SharedBatches {
 public:
  /// `lanes`: on the CPU at most the number of cores; on a GPU 1. `patience`: see above; infinity: no bound.
  explicit SharedBatches(int lanes = 1, double patience = 1.0);
  ~SharedBatches();
  SharedBatches(const SharedBatches&) = delete;
  SharedBatches& operator=(const SharedBatches&) = delete;

  BatchCounts counts() const;

 private:
  friend class BatchParticipant;
  using Clock = std::chrono::steady_clock;

  /// What may lie in one batch.
  struct Kind {
    const models::Classifier* model = nullptr;
    bool exact = false;
    std::vector<std::int64_t> shape;  ///< of one row
    auto operator<=>(const Kind&) const = default;
  };

  /// Rows one thread waits for.
  struct Request {
    Kind kind;
    at::Tensor rows;
    std::int64_t sent = 0;                    ///< rows that are in a pass or done
    int passes = 0;                           ///< under way with rows of it
    std::map<std::int64_t, at::Tensor> done;  ///< by their first row
    std::exception_ptr failure;
    bool finished = false;
    std::int64_t unsent() const { return rows.size(0) - sent; }
    Clock::time_point since;
  };

  /// Rows of one request in a pass.
  struct Share {
    Request* request = nullptr;
    std::int64_t first = 0;
    std::int64_t count = 0;
  };

  at::Tensor ask(Kind kind, const at::Tensor& images);
  at::Tensor alone(const models::Classifier& model, const at::Tensor& images, bool exact);
  /// The kind whose pass may run now; null where none may. `wake`: when a short batch's patience ends.
  const Kind* runnable(Clock::time_point now, Clock::time_point& wake) const;
  /// What each of the lanes' threads does until the end.
  void serve();
  /// Takes the next rows of a kind, runs them without the lock, hands the results out.
  void runPass(std::unique_lock<std::mutex>& lock, const Kind& kind);
  void join();
  void leave();

  const int lanes_;
  const double patience_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int participants_ = 0;
  int running_ = 0;                   ///< passes under way
  std::list<Request*> waiting_;       ///< in order of arrival
  std::map<Kind, double> durations_;  ///< seconds of the last pass of a kind
  Clock::time_point idleSince_ = Clock::now();
  BatchCounts counts_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

/// One search that sends rows. Destroy it as soon as it will send no more. One thread uses it at a time.
class BatchParticipant {
 public:
  explicit BatchParticipant(SharedBatches& batches);
  ~BatchParticipant();
  BatchParticipant(const BatchParticipant&) = delete;
  BatchParticipant& operator=(const BatchParticipant&) = delete;

  /// Logits of all images (N×3×n×n float32 on the CPU, N > 0), float32 N×outputs on the CPU, no gradients.
  /// What the model throws in a pass reaches every search that had rows in it.
  at::Tensor logits(const models::Classifier& model, const at::Tensor& images, bool exact);

 private:
  SharedBatches& batches_;
};

}  // namespace medlocker::protect
