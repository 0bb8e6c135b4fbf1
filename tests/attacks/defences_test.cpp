// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "core/attacks/defences/defended_target.h"
#include "core/attacks/defences/pixel_defences.h"
#include "core/attacks/defences/random_defences.h"
#include "core/attacks/defences/smoothing.h"
#include "core/attacks/loss.h"
#include "core/attacks/pgd.h"
#include "core/attacks/transfer/source_ensemble.h"
#include "tests/attacks/linear_model.h"
#include "tests/attacks/tiny_classifier.h"

namespace medlocker::attacks {
namespace {

using test::someImages;
using test::tinyClassifier;

std::vector<RandomStream> streamsFor(const std::vector<std::uint64_t>& samples) {
  std::vector<RandomStream> streams;
  for (const std::uint64_t sample : samples)
    streams.push_back(RandomStream::fromSeed(1, "test").child("sample", sample));
  return streams;
}

double largestChange(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

class EveryDefence : public testing::TestWithParam<std::string> {};

TEST_P(EveryDefence, KeepsShapeAndRangeAndDoesNotDependOnTheBatch) {
  const DefencePtr defence = makeDefence(GetParam(), 32);
  EXPECT_EQ(defence->name(), GetParam());
  const at::Tensor images = someImages({4, 3, 32, 32}, 2);
  const auto streams = streamsFor({3, 4, 5, 6});
  double weights = 0;
  for (int pass = 0; pass < defence->passes(); ++pass) weights += defence->weight(pass);
  EXPECT_NEAR(weights, 1, 1e-9);
  for (const int pass : {0, defence->passes() - 1}) {
    const at::Tensor together = defence->transform(images, streams, pass);
    EXPECT_EQ(together.sizes(), images.sizes());
    EXPECT_EQ(together.scalar_type(), torch::kFloat);
    if (GetParam() != "rs") {
      EXPECT_GE(together.min().item<float>(), -1e-6F);
      EXPECT_LE(together.max().item<float>(), 1 + 1e-6F);
    }
    for (std::int64_t i = 0; i < 4; ++i) {
      const at::Tensor alone =
          defence->transform(images.narrow(0, i, 1), {&streams[static_cast<std::size_t>(i)], 1}, pass);
      EXPECT_LE(largestChange(alone[0], together[i]), 1e-6);
    }
  }
}

TEST_P(EveryDefence, IsRandomExactlyWhereItSaysSo) {
  const DefencePtr defence = makeDefence(GetParam(), 32);
  const at::Tensor images = someImages({1, 3, 32, 32}, 2);
  const at::Tensor one = defence->transform(images, streamsFor({1}), 0);
  EXPECT_TRUE(torch::equal(one, defence->transform(images, streamsFor({1}), 0)));
  EXPECT_EQ(torch::equal(one, defence->transform(images, streamsFor({2}), 0)),
            !defence->properties().stochastic);
  if (defence->properties().stochastic) {
    EXPECT_FALSE(torch::equal(one, defence->transform(images, streamsFor({1}), 1)));
  }
}

TEST_P(EveryDefence, HasAGradientExactlyWhereItSaysSo) {
  const DefencePtr defence = makeDefence(GetParam(), 32);
  const torch::AutoGradMode withGradient(true);
  const at::Tensor images = someImages({1, 3, 32, 32}, 2).requires_grad_(true);
  EXPECT_EQ(defence->transform(images, streamsFor({1}), 0).requires_grad(),
            defence->properties().differentiable);
}

INSTANTIATE_TEST_SUITE_P(TrainingFree, EveryDefence, testing::ValuesIn(trainingFreeDefences()),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(MakeDefence, ReadsSettingsAndRefusesNonsense) {
  EXPECT_EQ(makeDefence("jpeg:95", 32)->settings()["quality"], 95);
  EXPECT_EQ(makeDefence("rs:0.5", 32)->settings()["sigma"], 0.5);
  EXPECT_EQ(makeDefence("bit-red:8", 32)->settings()["levels"], 8);
  for (const char* bad : {"png", "jpeg:", "jpeg:0", "jpeg:x", "fd:1", "rs:-1", "tvm:0", "bit-red:1"})
    EXPECT_THROW(makeDefence(bad, 32), Error) << bad;
}

TEST(Jpeg, ForgetsMoreAtLowerQuality) {
  const at::Tensor images = someImages({1, 3, 24, 40}, 2);  // no multiple of 16
  const double best = (jpegRoundTrip(images, 100) - images).abs().mean().item<double>();
  const double worst = (jpegRoundTrip(images, 10) - images).abs().mean().item<double>();
  EXPECT_LT(best, worst);
  const at::Tensor flat = torch::full({1, 3, 16, 16}, 128.0F / 255);
  EXPECT_LE(largestChange(jpegRoundTrip(flat, 75), flat), 1.01 / 255);
}

TEST(FeatureDistillation, ResizesSidesThatAreNoMultipleOfEight) {
  const at::Tensor images = torch::full({1, 3, 30, 21}, 0.5);
  const at::Tensor out = FeatureDistillationDefence().transform(images, streamsFor({1}), 0);
  EXPECT_EQ(out.sizes(), images.sizes());
  EXPECT_LE(largestChange(out, images), 25.0 / 255 / 8 / 2 + 1e-6);  // half a quantisation step of the mean
}

TEST(RandomResize, HasThePublishedSizes) {
  EXPECT_EQ(RandomResizeDefence::sizesFor(299).lowest, 310);
  EXPECT_EQ(RandomResizeDefence::sizesFor(299).canvas, 331);
  EXPECT_EQ(RandomResizeDefence::sizesFor(32).lowest, 33);
  EXPECT_EQ(RandomResizeDefence::sizesFor(32).canvas, 36);
  EXPECT_EQ(RandomResizeDefence(299).passes(), 30);
  EXPECT_EQ(RandomResizeDefence(32).passes(), 10);
}

TEST(TotalVariation, SmoothsAndIgnoresDroppedValues) {
  const at::Tensor images = someImages({2, 3, 12, 12}, 3).to(torch::kFloat64);
  at::Tensor kept = (someImages({2, 3, 12, 12}, 4) < 0.5).to(torch::kFloat64);
  const at::Tensor smooth = minimiseTotalVariation(images, kept, 0.03);
  const auto roughness = [](const at::Tensor& z) {
    return ((z.slice(3, 1) - z.slice(3, 0, -1)).abs().mean() +
            (z.slice(2, 1) - z.slice(2, 0, -1)).abs().mean())
        .item<double>();
  };
  EXPECT_LT(roughness(smooth), roughness(images));
  // What was dropped must not be seen through the defence.
  const at::Tensor other = torch::where(kept > 0, images, 1 - images);
  EXPECT_TRUE(torch::equal(minimiseTotalVariation(other, kept, 0.03), smooth));
}

TEST(Smoothing, QuantilesMatchKnownValues) {
  EXPECT_NEAR(normalQuantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(normalQuantile(0.5), 0, 1e-9);
  // Beta(1, b): 1-(1-p)^(1/b). Beta(a, 1): p^(1/a).
  EXPECT_NEAR(betaQuantile(0.3, 1, 5), 1 - std::pow(0.7, 0.2), 1e-12);
  EXPECT_NEAR(betaQuantile(0.3, 7, 1), std::pow(0.3, 1.0 / 7), 1e-12);
  EXPECT_NEAR(betaQuantile(0.5, 4, 4), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(binomialTestHalf(5, 10), 1);
  EXPECT_NEAR(binomialTestHalf(0, 10), 2 * std::pow(0.5, 10), 1e-15);
}

/// A linear model's smoothed answer is known: the certificate must never claim more than the true distance.
TEST(Smoothing, CertifiesALinearModelWithinItsTrueRadius) {
  const at::Tensor w = torch::tensor({1.0F, -2.0F, 2.0F}).view({1, 3, 1, 1});  // norm 3
  const auto predict = [&](const at::Tensor& images) {
    return ((images * w).flatten(1).sum(1) < 0.2).to(torch::kInt64);
  };
  const at::Tensor image = torch::full({1, 3, 1, 1}, 0.7);  // margin 0.5, distance 1/6
  CertifyOptions options;
  options.sigma = 0.1;
  options.draws = 2000;
  const auto certificate = certifyImage(image, 2, options, RandomStream::fromSeed(1, "test"), predict);
  EXPECT_FALSE(certificate.abstain);
  EXPECT_EQ(certificate.label, 0);
  EXPECT_LE(certificate.radius, 0.5 / 3);
  EXPECT_GE(certificate.radius,
            0.1);  // sigma·Phi^-1(0.944) = 0.159 for the bound at the true probability 0.952
  options.batchSize = 7;
  EXPECT_DOUBLE_EQ(certifyImage(image, 2, options, RandomStream::fromSeed(1, "test"), predict).radius,
                   certificate.radius);
}

TEST(Smoothing, AbstainsOnTheFence) {
  const auto coin = [](const at::Tensor& images) {
    return (images.flatten(1).select(1, 0) < 0.5).to(torch::kInt64);
  };
  const auto certificate =
      certifyImage(torch::full({1, 3, 1, 1}, 0.5), 2, {}, RandomStream::fromSeed(1, "test"), coin);
  EXPECT_TRUE(certificate.abstain);
  EXPECT_EQ(certificate.label, -1);
  EXPECT_EQ(certificate.radius, 0);
}

TEST(DefendedTarget, JudgesTheSameWhateverTheBatchAndTheAttacker) {
  const auto model = tinyClassifier(32, 1);
  const at::Tensor images = someImages({3, 3, 32, 32}, 2);
  const std::vector<std::int64_t> samples{7, 8, 9};
  for (const std::string& name :
       {std::string("rp"), std::string("tvm"), std::string("rs"), std::string("jpeg")}) {
    Target target = defendedTarget(model, makeDefence(name, 32), {DefenceSetting::BpdaEot, 2, 4});
    const at::Tensor together = target.exactLogits(images, {samples, 0});
    EXPECT_LE(largestChange(target.exactLogits(images.narrow(0, 1, 1), {{8}, 17}), together.narrow(0, 1, 1)),
              1e-5)
        << name;
    // Without dataset indices the pixels are the key.
    EXPECT_LE(
        largestChange(target.exactLogits(images.narrow(0, 1, 1)), target.exactLogits(images).narrow(0, 1, 1)),
        1e-5)
        << name;
  }
}

TEST(DefendedTarget, GivesGradientsAccordingToTheSetting) {
  const auto model = tinyClassifier(32, 1);
  const at::Tensor images = someImages({2, 3, 32, 32}, 2);
  const at::Tensor labels = torch::tensor({0, 1});
  const auto gradientOf = [&](const std::string& name, DefenceSetting setting) {
    Target target = defendedTarget(model, makeDefence(name, 32), {setting, 3, 4});
    return inputGradient(targetObjective(target, crossEntropyLoss, labels, {5, 6}), images,
                         torch::tensor({0, 1}), 0, target.counts())
        .gradient;
  };
  Target bare = sourceTarget(model);
  const at::Tensor plain = inputGradient(targetObjective(bare, crossEntropyLoss, labels, {5, 6}), images,
                                         torch::tensor({0, 1}), 0, bare.counts())
                               .gradient;
  EXPECT_TRUE(torch::equal(gradientOf("jpeg", DefenceSetting::Oblivious), plain));
  EXPECT_GT(gradientOf("jpeg", DefenceSetting::Bpda).abs().max().item<float>(), 0.0F);
  EXPECT_FALSE(torch::equal(gradientOf("jpeg", DefenceSetting::Bpda), plain));
  EXPECT_THROW(gradientOf("jpeg", DefenceSetting::Eot), Error);
  EXPECT_GT(gradientOf("rs", DefenceSetting::Eot).abs().max().item<float>(), 0.0F);
  EXPECT_GT(gradientOf("rp", DefenceSetting::Eot).abs().max().item<float>(), 0.0F);
}

TEST(DefendedTarget, CanBeAttackedLikeAnyOther) {
  const auto model = tinyClassifier(16, 1);
  Target target = defendedTarget(model, makeDefence("bit-red:16", 16), {DefenceSetting::Bpda, 1, 0});
  AttackBatch batch{someImages({6, 3, 16, 16}, 2), {}, {0, 1, 2, 3, 4, 5}};
  batch.labels = topClass(target.exactLogits(batch.images));
  PgdOptions options;
  options.threat.epsilon = 0.2;
  options.steps = 10;
  options.step = 0.05;
  const AttackResult result = PgdAttack(options).run(target, batch, 1);
  EXPECT_GT(result.success.sum().item<std::int64_t>(), 0);
}

TEST(DefendedAnswer, MayAbstainWhereVotesAreEven) {
  // A classifier that answers with the sign of one pixel: noise makes it a coin.
  class Coin : public test::TinyClassifier {
   public:
    Coin() : TinyClassifier(8, 2, 1, "coin") {}
    at::Tensor logits(const at::Tensor& images) const override {
      const at::Tensor z = images.flatten(1).narrow(1, 0, 1) - 0.5;
      return torch::cat({z, -z}, 1);
    }
  };
  at::Tensor images = torch::full({2, 3, 8, 8}, 0.5);
  images[1].fill_(1.5);  // four deviations away
  const DefendedAnswer answer = answerDefended(Coin(), SmoothingDefence(), images, {0, 1}, 3);
  EXPECT_EQ(answer.predicted[0].item<std::int64_t>(), -1);
  EXPECT_EQ(answer.predicted[1].item<std::int64_t>(), 0);
}

TEST(DefenceSettings, HaveNames) {
  for (const char* name : {"oblivious", "bpda", "eot", "bpda+eot"})
    EXPECT_EQ(toString(parseDefenceSetting(name)), name);
  EXPECT_THROW(parseDefenceSetting("white"), Error);
}

}  // namespace
}  // namespace medlocker::attacks
