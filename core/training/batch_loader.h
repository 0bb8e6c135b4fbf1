// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/training/augmentation.h"
#include "core/training/sample_cache.h"

namespace medlocker::training {

/// One image of a batch to come.
struct LoadItem {
  std::int64_t cacheItem = 0;  ///< position in the cache
  int label = 0;
  std::int64_t augmentKey = 0;  ///< item and
  std::int64_t repetition = 0;  ///< repetition that select the augmentation stream
};

struct Batch {
  at::Tensor images;  ///< float32 N×3×n×n in [0,1], channels-last memory, CPU
  at::Tensor labels;  ///< int64 N, CPU
  std::vector<std::int64_t> cacheItems;
  std::int64_t index = 0;  ///< number of the batch within the epoch, from 0
};

struct LoaderOptions {
  int batchSize = 32;
  int inputSize = 224;     ///< n
  AugmentOptions augment;  ///< all off: images as they are
  std::uint64_t seed = 0;
  int epoch = 0;
  int threads = 2;
  int batchesAhead = 3;         ///< bound on finished or begun batches waiting
  std::int64_t firstBatch = 0;  ///< for entering an epoch in its middle
  int smallestBatch = 1;        ///< a last batch of fewer images is left out (batch norm cannot train on one)
};

/// Renders batches on its own threads, in order, ahead of the consumer. The content of a batch depends on the
/// items and the seed alone, never on threads or timing. One consumer; the destructor stops the threads.
class BatchLoader {
 public:
  BatchLoader(std::shared_ptr<const SampleCache> cache, std::vector<LoadItem> items, LoaderOptions options);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// False at the end. Blocks until the next batch is complete; rethrows a worker's failure.
  bool next(Batch& batch);
  /// Number of batches of the whole epoch.
  std::int64_t batches() const { return batches_; }
  /// Time the consumer has spent blocked in next().
  double waitedSeconds() const { return waitedSeconds_; }

 private:
  struct Slot {
    Batch batch;
    float* pixels = nullptr;
    std::int64_t remaining = 0;
  };

  void work(const std::stop_token& token);
  std::int64_t batchBegin(std::int64_t batch) const { return batch * options_.batchSize; }
  std::int64_t batchCount(std::int64_t batch) const;

  std::shared_ptr<const SampleCache> cache_;
  std::vector<LoadItem> items_;
  LoaderOptions options_;
  std::int64_t batches_ = 0;

  std::mutex mutex_;
  std::condition_variable_any roomOrStop_;
  std::condition_variable ready_;
  std::deque<std::unique_ptr<Slot>> slots_;  // batches consumed_ … consumed_ + slots_.size() - 1
  std::int64_t consumed_ = 0;
  std::int64_t nextItem_ = 0;
  std::int64_t itemEnd_ = 0;
  std::exception_ptr failure_;
  double waitedSeconds_ = 0;
  std::vector<std::jthread> workers_;  // last: stops before the rest goes
};

}  // namespace medlocker::training
