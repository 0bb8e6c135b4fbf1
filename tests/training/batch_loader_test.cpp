// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/batch_loader.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/training/synthetic.h"

namespace medlocker::training {
namespace {

std::vector<LoadItem> itemsOf(const LabelledItems& set) {
  std::vector<LoadItem> items;
  for (std::size_t i = 0; i < set.items.size(); ++i)
    items.push_back({set.items[i], set.labels[i], static_cast<std::int64_t>(i), 0});
  return items;
}

/// All images of an epoch, one after the other.
at::Tensor drain(const LabelledItems& set, const LoaderOptions& options) {
  BatchLoader loader(set.cache, itemsOf(set), options);
  std::vector<at::Tensor> images;
  Batch batch;
  while (loader.next(batch)) images.push_back(batch.images);
  return torch::cat(images);
}

TEST(BatchLoader, DeliversEverythingInOrder) {
  const auto set = test::squareSet(23, 12, 3, 5);
  LoaderOptions options;
  options.batchSize = 5;
  options.inputSize = 12;
  BatchLoader loader(set.cache, itemsOf(set), options);
  EXPECT_EQ(loader.batches(), 5);
  Batch batch;
  std::int64_t next = 0;
  while (loader.next(batch)) {
    EXPECT_TRUE(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
    for (std::int64_t row = 0; row < batch.labels.size(0); ++row, ++next) {
      EXPECT_EQ(batch.cacheItems[static_cast<std::size_t>(row)], next);
      EXPECT_EQ(batch.labels[row].item<std::int64_t>(), next % 3);
      EXPECT_EQ(batch.images[row][1][3][4].item<float>(),
                static_cast<float>(set.cache->pixels(next)[(3 * 12 + 4) * 3 + 1]) / 255.0F);
    }
  }
  EXPECT_EQ(next, 23);
}

TEST(BatchLoader, ContentDoesNotDependOnThreadsOrBatchSize) {
  const auto set = test::squareSet(31, 20, 4, 6);
  LoaderOptions options;
  options.inputSize = 16;
  options.augment = augmentPreset("fundus");
  options.seed = 9;
  options.epoch = 3;
  options.batchSize = 4;
  options.threads = 1;
  const at::Tensor reference = drain(set, options);
  for (const int threads : {2, 5})
    for (const int batchSize : {7, 31}) {
      options.threads = threads;
      options.batchSize = batchSize;
      EXPECT_TRUE(torch::equal(drain(set, options), reference))
          << threads << " threads, batches of " << batchSize;
    }
  options.epoch = 4;
  EXPECT_FALSE(torch::equal(drain(set, options), reference)) << "another epoch draws anew";
}

TEST(BatchLoader, EntersAnEpochInItsMiddle) {
  const auto set = test::squareSet(20, 8, 4, 6);
  LoaderOptions options;
  options.inputSize = 8;
  options.batchSize = 6;
  options.augment = augmentPreset("cifar");
  const at::Tensor whole = drain(set, options);
  options.firstBatch = 2;
  EXPECT_TRUE(torch::equal(drain(set, options), whole.slice(0, 12)));
}

TEST(BatchLoader, DropsALastBatchOfOne) {
  const auto set = test::squareSet(13, 8, 4, 6);
  LoaderOptions options;
  options.inputSize = 8;
  options.batchSize = 6;
  EXPECT_EQ(drain(set, options).size(0), 13);
  options.smallestBatch = 2;
  EXPECT_EQ(drain(set, options).size(0), 12);
}

TEST(BatchLoader, CanBeLeftEarly) {
  const auto set = test::squareSet(40, 8, 4, 6);
  LoaderOptions options;
  options.inputSize = 8;
  options.batchSize = 4;
  options.threads = 3;
  BatchLoader loader(set.cache, itemsOf(set), options);
  Batch batch;
  EXPECT_TRUE(loader.next(batch));
}

}  // namespace
}  // namespace medlocker::training
