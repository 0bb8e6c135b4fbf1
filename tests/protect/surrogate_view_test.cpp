// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/surrogate_view.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/models/classifier.h"
#include "core/protect/candidate_scorer.h"
#include "tests/protect/analytic_classifier.h"

namespace medlocker::protect {
namespace {

using data::PreprocessProfile;

/// A smooth photograph with a dark border, so that the frame is not the image.
data::Image photograph(int width, int height, int channels = 3) {
  data::Image image(width, height, channels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const bool lit = x >= 7 && x < width - 5 && y >= 4 && y < height - 9;
      for (int c = 0; c < channels; ++c)
        image.setSample(x, y, c,
                        lit ? static_cast<int>(110 + 60 * std::sin(0.021 * x + c) * std::cos(0.017 * y)) : 0);
    }
  return image;
}

LogoTile ringTile(int width, int height) {
  LogoTile tile;
  tile.width = width;
  tile.height = height;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double r = std::hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5);
      tile.matte.push_back(r < 0.5 && r > 0.2 ? 65535 : 0);
      tile.rgb.insert(tile.rgb.end(), {60000, 55000, static_cast<std::uint16_t>(x * 400 % 65536)});
    }
  return tile;
}

struct Case {
  int width, height, tileSide, side, channels;
  PreprocessProfile profile;
};

class SurrogateViewProfiles : public ::testing::TestWithParam<Case> {};

TEST_P(SurrogateViewProfiles, AgreesWithTheComposedFile) {
  const Case p = GetParam();
  const data::Image original = photograph(p.width, p.height, p.channels);
  const data::FloatImage view = data::floatView(original);
  const data::FieldOfView fov = data::detectFieldOfView(view);
  ASSERT_FALSE(fov.fallback);
  const LogoTile tile = ringTile(p.tileSide, p.tileSide * 3 / 4);
  const TargetTile targets = makeTargetTile(tile, original, data::displayWindow(original));
  RandomStream random = RandomStream::fromSeed(1, "views");
  for (const OpacityLaw law : {OpacityLaw::Matte, OpacityLaw::Cap}) {
    const FloatTile floatTile(tile, law, p.channels == 1);
    const SurrogateView surrogate(view, fov, p.profile, p.side, floatTile);
    std::vector<NativePlacement> placements;
    for (int i = 0; i < 4; ++i)
      placements.push_back(
          {static_cast<double>(fov.frame.x0 + random.below(fov.frame.width() - tile.width)),
           static_cast<double>(fov.frame.y0 + random.below(fov.frame.height() - tile.height)),
           static_cast<int>(random.below(30000) + 30000)});
    const at::Tensor fast = surrogate.finish(surrogate.compose(placements));
    EXPECT_EQ(fast.sizes(), at::IntArrayRef({4, 3, p.side, p.side}));
    for (std::size_t i = 0; i < placements.size(); ++i) {
      const NativePlacement& at = placements[i];
      const data::Image file =
          compose(original, {{&targets, static_cast<int>(at.x), static_cast<int>(at.y), at.alphaCode}}, law);
      const at::Tensor exact =
          models::toTensor(data::preprocess(data::floatView(file), fov, p.profile, p.side));
      const at::Tensor difference = (fast.narrow(0, static_cast<std::int64_t>(i), 1) - exact).abs();
      // Sources of difference: 8-bit rounding of the file (0.002), and opacity, circle and photograph
      // averaged apart, largest in single pixels at the logo's edge. The stretched profiles multiply it
      // (local mean by 4).
      const bool stretched =
          p.profile == PreprocessProfile::LocalMean || p.profile == PreprocessProfile::Clahe;
      const double largest = stretched ? 0.4 : p.profile == PreprocessProfile::Circle ? 0.1 : 0.03;
      EXPECT_LT(difference.mean().item<double>(), stretched ? 0.006 : 0.001);
      EXPECT_LT(difference.max().item<double>(), largest);
      // The clean photograph differs far more: the logo really is where it should be.
      const at::Tensor clean = surrogate.finish(surrogate.clean());
      EXPECT_GT((exact - clean).abs().max().item<double>(), 0.15);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Geometries, SurrogateViewProfiles,
                         ::testing::Values(Case{600, 480, 130, 112, 3, PreprocessProfile::Squash},
                                           Case{600, 480, 130, 112, 3, PreprocessProfile::Pad},
                                           Case{600, 480, 130, 112, 3, PreprocessProfile::Circle},
                                           Case{600, 480, 130, 112, 3, PreprocessProfile::LocalMean},
                                           Case{600, 480, 130, 112, 3, PreprocessProfile::Clahe},
                                           Case{480, 600, 60, 224, 1, PreprocessProfile::Squash},
                                           Case{480, 600, 60, 224, 3, PreprocessProfile::Pad},
                                           Case{240, 236, 60, 224, 3,
                                                PreprocessProfile::Squash},  // nearly the model's own size
                                           Case{130, 121, 40, 224, 3, PreprocessProfile::Squash},  // enlarged
                                           Case{130, 121, 40, 224, 3, PreprocessProfile::Pad},
                                           Case{1700, 1300, 330, 96, 3,
                                                PreprocessProfile::Squash}));  // the tile itself is reduced

TEST(SurrogateView, CleanPictureIsTheModelsExactInput) {
  const data::Image image = photograph(500, 420);
  const data::FloatImage view = data::floatView(image);
  const data::FieldOfView fov = data::detectFieldOfView(view);
  const FloatTile tile(ringTile(50, 50), OpacityLaw::Matte, false);
  for (const auto profile : {PreprocessProfile::Squash, PreprocessProfile::Pad, PreprocessProfile::Circle,
                             PreprocessProfile::LocalMean, PreprocessProfile::Clahe}) {
    const SurrogateView surrogate(view, fov, profile, 128, tile);
    const at::Tensor exact = models::toTensor(data::preprocess(view, fov, profile, 128));
    // 1e-4: the local mean uses another library's convolution here.
    EXPECT_LT((surrogate.finish(surrogate.clean()) - exact).abs().max().item<double>(), 1e-4)
        << data::toString(profile);
  }
}

TEST(SurrogateView, CandidatesDoNotDependOnEachOther) {
  const data::Image image = photograph(500, 420);
  const data::FloatImage view = data::floatView(image);
  const data::FieldOfView fov = data::detectFieldOfView(view);
  const FloatTile tile(ringTile(90, 70), OpacityLaw::Matte, false);
  const SurrogateView surrogate(view, fov, PreprocessProfile::Squash, 96, tile);
  const std::vector<NativePlacement> all{{30, 40, 50000}, {200, 111, 30000}, {77, 300, 65535}};
  const at::Tensor together = surrogate.compose(all);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_TRUE(torch::equal(surrogate.compose({&all[i], 1})[0], together[static_cast<std::int64_t>(i)]));
  EXPECT_EQ(surrogate.compose({}).size(0), 0);
}

TEST(ModelScorer, IsTheObjectiveOfTheModelsMargins) {
  const data::Image image = photograph(400, 300);
  const data::FloatImage view = data::floatView(image);
  const data::FieldOfView fov = data::detectFieldOfView(view);
  const data::WorkingFrame frame = data::makeWorkingFrame(view, fov, 224);
  const LogoTile tile = ringTile(70, 70);
  torch::manual_seed(2);
  std::vector<SourceModel> sources;
  for (const int side : {64, 80})
    sources.push_back({std::make_shared<test::PatchMeanClassifier>(side, torch::randn({3, 4, 4}) * 3,
                                                                   std::vector<float>{0.5F, 0, 0}),
                       0, side == 64 ? 1.0 : 2.5});
  RandomStream stream = RandomStream::fromSeed(4, "scorer");
  const std::vector<Transform> transforms = drawTransformSet(stream, 4);
  const ObjectiveOptions options{{2, 1}, 0.7, 0.02, 0.3};
  ModelScorer scorer(view, fov, frame, tile, OpacityLaw::Matte, false, sources, transforms, {}, options);
  std::vector<Placement> candidates;
  for (int i = 0; i < 19; ++i) candidates.push_back({7 * i, 5 * i, 30000 + 1500 * i});
  const auto scores = scorer.score(candidates, ScoreStage::Confirm);
  ASSERT_EQ(scores.size(), candidates.size());

  for (const std::size_t i : {std::size_t{0}, std::size_t{11}, std::size_t{18}}) {
    const FloatTile floatTile(tile, OpacityLaw::Matte, false);
    const double corner[2] = {fov.frame.x0 + std::round(candidates[i].x / frame.rho),
                              fov.frame.y0 + std::round(candidates[i].y / frame.rho)};
    for (std::size_t k = 0; k < 2; ++k)
      for (std::size_t t = 0; t < transforms.size(); ++t) {
        const auto& info = sources[k].classifier->info();
        const SurrogateView surrogate(view, fov, transforms[t].profile.value_or(info.profile), info.inputSize,
                                      floatTile);
        const NativePlacement at{corner[0], corner[1], candidates[i].alphaCode};
        const at::Tensor input = surrogate.finish(applyTransform(surrogate.compose({&at, 1}), transforms[t]));
        const double margin =
            hardMargins(sources[k].classifier->logits(input), MarginRule::of(info, 0, {})).item<double>() /
            sources[k].scale;
        // Kernels may round the last bits differently for one image and for a batch.
        EXPECT_NEAR(scores[i].margins.at(k, t), margin, 1e-4);
      }
    const double coverage = static_cast<double>(tile.supportArea()) / static_cast<double>(fov.area);
    EXPECT_NEAR(scores[i].objective,
                objective(scores[i].margins, opacityValue(candidates[i].alphaCode), coverage, options), 1e-6);
  }
  // Any subset in any order gives the same bits.
  const std::vector<Placement> some{candidates[17], candidates[3]};
  const auto again = scorer.score(some, ScoreStage::Confirm);
  EXPECT_EQ(again[0].margins.values, scores[17].margins.values);
  EXPECT_EQ(again[1].margins.values, scores[3].margins.values);
  EXPECT_EQ(scorer.score(some, ScoreStage::Screen)[0].margins.transforms, 1U);
}

TEST(ModelScorer, AModelThatAnswersNotANumberIsNamed) {
  const data::Image image = photograph(300, 300);
  const data::FloatImage view = data::floatView(image);
  const data::FieldOfView fov = data::detectFieldOfView(view);
  const data::WorkingFrame frame = data::makeWorkingFrame(view, fov, 224);
  const std::vector<SourceModel> sources{
      {std::make_shared<test::PatchMeanClassifier>(32, torch::full({2, 2, 2}, NAN), std::vector<float>{0, 0},
                                                   "broken"),
       0, 1}};
  ModelScorer scorer(view, fov, frame, ringTile(40, 40), OpacityLaw::Matte, false, sources, {Transform{}}, {},
                     {});
  const Placement candidate{10, 10, 50000};
  try {
    scorer.score({&candidate, 1}, ScoreStage::Screen);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.context(), "broken");
  }
}

}  // namespace
}  // namespace medlocker::protect
