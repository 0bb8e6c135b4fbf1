// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/segmenter_trainer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/segmentation/unet.h"
#include "tests/support/temp_folder.h"

namespace medlocker::training {
namespace {

/// Noise with bright 8×8 squares, marked as hard exudates.
SegmenterImage squares(std::uint64_t seed) {
  constexpr int kSide = 64;
  RandomStream stream = RandomStream::fromSeed(seed, "test/squares");
  data::FloatImage view{kSide, kSide, std::vector<float>(kSide * kSide * 3)};
  for (float& value : view.values) value = static_cast<float>(stream.uniform(0.2, 0.5));
  std::array<std::vector<std::uint8_t>, 5> masks;
  masks[2].assign(kSide * kSide, 0);
  for (int i = 0; i < 3; ++i) {
    const auto x0 = static_cast<int>(stream.below(56));
    const auto y0 = static_cast<int>(stream.below(56));
    for (int y = y0; y < y0 + 8; ++y)
      for (int x = x0; x < x0 + 8; ++x) {
        const auto at = static_cast<std::size_t>(y * kSide + x);
        masks[2][at] = 1;
        for (std::size_t c = 0; c < 3; ++c) view.values[3 * at + c] = 0.9F;
      }
  }
  SegmenterImage image = prepareSegmenterImage(view, masks, 1024);
  image.known = 1U << 2;
  return image;
}

std::vector<SegmenterImage> several(std::uint64_t from, int count) {
  std::vector<SegmenterImage> images;
  for (int i = 0; i < count; ++i) images.push_back(squares(from + static_cast<std::uint64_t>(i)));
  return images;
}

SegmenterTrainOptions quick() {
  SegmenterTrainOptions options;
  options.width = 4;
  options.depth = 2;
  options.tileSide = 32;
  options.tilesPerImage = 8;
  options.batchSize = 4;
  options.epochs = 4;
  options.optimiser.learningRate = 1e-2;
  options.seed = 5;
  return options;
}

std::vector<float> weightsOf(const segmentation::UNet& network) {
  std::vector<float> values;
  for (const auto& parameter : network.parameters()) {
    const auto flat = parameter.detach().contiguous().flatten();
    values.insert(values.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  }
  return values;
}

/// Asks for a stop once an epoch is done.
class StopAfter {
 public:
  explicit StopAfter(int epoch) : epoch_(epoch) {}
  RunContext context() { return {source_.get_token(), nullptr}; }
  void operator()(const SegmenterEpoch& epoch) {
    if (epoch.epoch == epoch_) source_.request_stop();
  }

 private:
  int epoch_;
  std::stop_source source_;
};

TEST(SegmenterTrainer, LearnsBrightSquares) {
  const test::TempFolder folder;
  const auto result =
      trainSegmenterNetwork(quick(), several(1, 6), several(100, 2), folder.path(), false, {});
  ASSERT_EQ(result.history.size(), 4U);
  EXPECT_LT(result.history.back().loss, result.history.front().loss);
  // Chance is the share of marked pixels, about 0.05.
  EXPECT_GT(result.history.back().validation[2].aupr, 0.5);
  EXPECT_EQ(result.history.back().validation[0].truePixels, 0);
  EXPECT_GT(result.selectedEpoch, 0);
}

TEST(SegmenterTrainer, ResumesToTheSameBytes) {
  const test::TempFolder whole;
  const test::TempFolder parts;
  const auto train = several(1, 4);
  const auto validation = several(100, 1);
  const auto expected = trainSegmenterNetwork(quick(), train, validation, whole.path(), false, {});
  StopAfter stop(2);
  const auto first = trainSegmenterNetwork(quick(), train, validation, parts.path(), false, stop.context(),
                                           [&stop](const SegmenterEpoch& epoch) { stop(epoch); });
  EXPECT_EQ(first.outcome, Outcome::Cancelled);
  EXPECT_EQ(first.history.size(), 2U);
  const auto second = trainSegmenterNetwork(quick(), train, validation, parts.path(), true, {});
  EXPECT_EQ(second.outcome, Outcome::Completed);
  EXPECT_EQ(second.resumedAtEpoch, 3);
  EXPECT_EQ(second.selectedEpoch, expected.selectedEpoch);
  EXPECT_EQ(weightsOf(*second.network), weightsOf(*expected.network));
  SegmenterTrainOptions other = quick();
  other.optimiser.learningRate = 1e-3;
  EXPECT_THROW(trainSegmenterNetwork(other, train, validation, parts.path(), true, {}), Error);
}

TEST(SegmenterTrainer, NeedsALesion) {
  const test::TempFolder folder;
  SegmenterImage image = squares(1);
  std::fill(image.truth.begin(), image.truth.end(), std::uint8_t{0});
  EXPECT_THROW(trainSegmenterNetwork(quick(), {image}, {}, folder.path(), false, {}), Error);
}

TEST(SegmenterTrainer, BadOptionsNameTheirField) {
  EXPECT_TRUE(SegmenterTrainOptions{}.validate().empty());
  SegmenterTrainOptions options;
  options.tileSide = 100;
  ASSERT_EQ(options.validate().size(), 1U);
  EXPECT_EQ(options.validate()[0].field, "tile_side");
}

TEST(PrepareSegmenterImage, KeepsEveryMarkedPixelWhenReducing) {
  data::FloatImage view{40, 20, std::vector<float>(40 * 20 * 3, 0.25F)};
  std::array<std::vector<std::uint8_t>, 5> masks;
  masks[0].assign(40 * 20, 0);
  masks[0][7 * 40 + 13] = 1;  // one pixel, as a microaneurysm may be
  const SegmenterImage image = prepareSegmenterImage(view, masks, 10);
  EXPECT_EQ(image.width, 20);
  EXPECT_EQ(image.height, 10);
  EXPECT_EQ(image.truth[3 * 20 + 6], 1);
  EXPECT_EQ(std::count(image.truth.begin(), image.truth.end(), std::uint8_t{0}), 199);
}

}  // namespace
}  // namespace medlocker::training
