// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/batch_loader.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <chrono>

namespace medlocker::training {

BatchLoader::BatchLoader(std::shared_ptr<const SampleCache> cache, std::vector<LoadItem> items,
                         LoaderOptions options)
    : cache_(std::move(cache)), items_(std::move(items)), options_(options) {
  const auto total = static_cast<std::int64_t>(items_.size());
  batches_ = (total + options_.batchSize - 1) / options_.batchSize;
  if (batches_ > 0 && batchCount(batches_ - 1) < options_.smallestBatch) --batches_;
  consumed_ = std::min(options_.firstBatch, batches_);
  nextItem_ = batchBegin(consumed_);
  itemEnd_ = std::min(total, batchBegin(batches_));
  for (int t = 0; t < std::max(1, options_.threads); ++t)
    workers_.emplace_back([this](const std::stop_token& token) { work(token); });
}

BatchLoader::~BatchLoader() {
  for (std::jthread& worker : workers_) worker.request_stop();
}

std::int64_t BatchLoader::batchCount(std::int64_t batch) const {
  return std::min<std::int64_t>(options_.batchSize,
                                static_cast<std::int64_t>(items_.size()) - batchBegin(batch));
}

void BatchLoader::work(const std::stop_token& token) {
  const std::size_t each = static_cast<std::size_t>(options_.inputSize) * options_.inputSize * 3;
  try {
    while (!token.stop_requested()) {
      std::unique_lock lock(mutex_);
      // Samples are handed out in order, so the batch the consumer waits for is always the one being filled.
      roomOrStop_.wait(lock, token, [this] {
        return nextItem_ >= itemEnd_ ||
               nextItem_ / options_.batchSize < consumed_ + std::max(1, options_.batchesAhead);
      });
      if (token.stop_requested() || nextItem_ >= itemEnd_ || failure_) return;
      const std::int64_t index = nextItem_++;
      const std::int64_t batchIndex = index / options_.batchSize;
      while (static_cast<std::int64_t>(slots_.size()) <= batchIndex - consumed_) {
        auto slot = std::make_unique<Slot>();
        const std::int64_t number = consumed_ + static_cast<std::int64_t>(slots_.size());
        const std::int64_t count = batchCount(number);
        const at::Tensor hwc = at::empty({count, options_.inputSize, options_.inputSize, 3}, at::kFloat);
        slot->pixels = hwc.mutable_data_ptr<float>();
        slot->batch.images = hwc.permute({0, 3, 1, 2});  // exactly torch's channels-last layout
        slot->batch.labels = at::empty({count}, at::kLong);
        slot->batch.cacheItems.resize(static_cast<std::size_t>(count));
        slot->batch.index = number;
        slot->remaining = count;
        slots_.push_back(std::move(slot));
      }
      Slot& slot = *slots_[static_cast<std::size_t>(batchIndex - consumed_)];
      const auto row = static_cast<std::size_t>(index - batchBegin(batchIndex));
      const LoadItem item = items_[static_cast<std::size_t>(index)];
      slot.batch.labels.mutable_data_ptr<std::int64_t>()[row] = item.label;
      slot.batch.cacheItems[row] = item.cacheItem;
      float* target = slot.pixels + row * each;
      lock.unlock();

      AugmentDraw draw;
      if (options_.augment.any()) {
        RandomStream stream =
            augmentationStream(options_.seed, options_.epoch, item.augmentKey, item.repetition);
        draw = drawAugmentation(options_.augment, stream);
      }
      renderAugmented(cache_->pixels(item.cacheItem), cache_->side(), draw, {target, each},
                      options_.inputSize);

      lock.lock();
      if (--slot.remaining == 0) ready_.notify_one();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
    ready_.notify_one();
  }
}

bool BatchLoader::next(Batch& batch) {
  std::unique_lock lock(mutex_);
  if (consumed_ >= batches_) return false;
  const auto complete = [this] { return failure_ || (!slots_.empty() && slots_.front()->remaining == 0); };
  if (!complete()) {
    const auto begin = std::chrono::steady_clock::now();
    ready_.wait(lock, complete);
    waitedSeconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  if (failure_) std::rethrow_exception(failure_);
  batch = std::move(slots_.front()->batch);
  slots_.pop_front();
  ++consumed_;
  lock.unlock();
  roomOrStop_.notify_all();
  return true;
}

}  // namespace medlocker::training
