// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/transforms.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <map>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

at::Tensor smoothImages(int count, int height, int width) {
  torch::manual_seed(9);
  const at::Tensor small = torch::rand({count, 3, 6, 7});
  return torch::upsample_bicubic2d(small, {height, width}, false).clamp(0, 1);
}

double largestDifference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(Transforms, DrawsStayInRangeWithTheStatedFrequencies) {
  RandomStream stream = RandomStream::fromSeed(3, "transform draws");
  std::map<std::string, int> used;
  const int draws = 4000;
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t before = stream.position();
    const Transform t = drawTransform(stream);
    EXPECT_EQ(stream.position() - before, 22U);  // a draw never shifts the next one
    const auto count = [&](const char* name, const auto& value, double lo, double hi) {
      if (!value) return;
      ++used[name];
      EXPECT_GE(*value, lo);
      EXPECT_LE(*value, hi);
    };
    count("jpeg", t.jpegQuality, 50, 95);
    count("scale", t.downscale, 0.4, 0.9);
    count("blur", t.blurSigma, 0.3, 1.2);
    count("brightness", t.brightness, 0.85, 1.15);
    count("gamma", t.gamma, 0.8, 1.25);
    count("rotation", t.rotationDegrees, -10, 10);
    used["crop"] += t.crop.has_value();
    used["flipH"] += t.flipHorizontal;
    used["flipV"] += t.flipVertical;
    used["profile"] += t.profile.has_value();
    if (t.crop) {
      EXPECT_GE(std::min(t.crop->width, t.crop->height), 0.85);
      EXPECT_LE(t.crop->left + t.crop->width, 1.0 + 1e-12);
      EXPECT_LE(t.crop->top + t.crop->height, 1.0 + 1e-12);
    }
  }
  // Standard deviation of a share of 4000 draws is below 0.008: five of them.
  for (const auto& [name, expected] : std::map<std::string, double>{{"jpeg", 0.5},
                                                                    {"scale", 0.3},
                                                                    {"crop", 0.5},
                                                                    {"blur", 0.3},
                                                                    {"brightness", 0.5},
                                                                    {"gamma", 0.3},
                                                                    {"flipH", 0.3},
                                                                    {"flipV", 0.3},
                                                                    {"rotation", 0.3},
                                                                    {"profile", 0.3}})
    EXPECT_NEAR(used[name] / static_cast<double>(draws), expected, 0.04) << name;
}

TEST(Transforms, SetBeginsWithTheIdentity) {
  RandomStream stream = RandomStream::fromSeed(3, "set");
  const auto set = drawTransformSet(stream, 4);
  ASSERT_EQ(set.size(), 5U);
  EXPECT_FALSE(set[0].changesPixels());
  const at::Tensor images = smoothImages(2, 40, 50);
  EXPECT_TRUE(torch::equal(applyTransform(images, set[0]), images));
  EXPECT_THROW(drawTransformSet(stream, 17), Error);
}

TEST(Transforms, KeepShapeRangeAndIndependenceOfRows) {
  RandomStream stream = RandomStream::fromSeed(5, "rows");
  const at::Tensor images = smoothImages(3, 64, 80);
  for (int i = 0; i < 60; ++i) {
    const Transform t = drawTransform(stream);
    const at::Tensor out = applyTransform(images, t);
    ASSERT_EQ(out.sizes(), images.sizes());
    EXPECT_GE(out.min().item<double>(), -1e-6);
    EXPECT_LE(out.max().item<double>(), 1 + 1e-6);
    // A row does not depend on its companions; kernels may round the last bit differently.
    const at::Tensor alone = applyTransform(images.narrow(0, 1, 1).contiguous(), t);
    EXPECT_LE(largestDifference(out.narrow(0, 1, 1), alone), 2e-6);
  }
}

TEST(Transforms, FlipsAreExactAndRotationByZeroIsTheIdentity) {
  const at::Tensor images = smoothImages(1, 33, 44);
  Transform t;
  t.flipHorizontal = true;
  EXPECT_TRUE(torch::equal(applyTransform(images, t), images.flip({3})));
  // The same through the resampling path: a turn by nothing and a crop of everything.
  t.rotationDegrees = 0;
  t.flipVertical = true;
  EXPECT_LE(largestDifference(applyTransform(images, t), images.flip({2, 3})), 1e-5);
}

TEST(Transforms, RotationTurnsInPixelsNotInFractions) {
  // A dot right of the centre of a wide image turns onto a circle, not onto an ellipse.
  at::Tensor images = torch::zeros({1, 3, 81, 161});
  images.slice(2, 39, 42).slice(3, 119, 122).fill_(1);  // centre (80,40), dot at +40
  Transform t;
  t.rotationDegrees = 10;
  const at::Tensor turned = applyTransform(images, t)[0][0];
  const at::Tensor ys = torch::arange(81).view({81, 1}).to(torch::kFloat);
  const at::Tensor xs = torch::arange(161).view({1, 161}).to(torch::kFloat);
  const double mass = turned.sum().item<double>();
  const double x = (turned * xs).sum().item<double>() / mass - 80;
  const double y = (turned * ys).sum().item<double>() / mass - 40;
  EXPECT_NEAR(std::hypot(x, y), 40, 0.3);
  EXPECT_NEAR(std::abs(std::atan2(y, x)) * 180 / 3.14159265, 10, 0.5);
}

TEST(Transforms, CropMagnifiesTheKeptPart) {
  at::Tensor ramp = torch::linspace(0, 1, 101).view({1, 1, 1, 101}).expand({1, 3, 60, 101}).contiguous();
  Transform t;
  t.crop = Transform::Crop{0.05, 0.1, 0.9, 0.85};
  const at::Tensor out = applyTransform(ramp, t);
  // Column centre (i + 0.5)/101 of the result shows the fraction 0.05 + 0.9·that of the ramp.
  for (const int i : {0, 20, 50, 100}) {
    const double source = (0.05 + 0.9 * (i + 0.5) / 101) * 101 - 0.5;
    EXPECT_NEAR(out[0][0][30][i].item<double>(), source / 100, 1e-4) << i;
  }
}

TEST(Transforms, JpegLosesLessAtHigherQuality) {
  const at::Tensor images = smoothImages(2, 96, 96);
  const auto error = [&](int quality) {
    return (jpegRoundTrip(images, quality) - images).abs().mean().item<double>();
  };
  EXPECT_LT(error(95), 0.01);
  EXPECT_LT(error(95), error(50));
  EXPECT_GT(error(50), 0);
}

TEST(Transforms, GaussianBlurKeepsTheMeanAndConstants) {
  const at::Tensor flat = torch::full({1, 3, 30, 30}, 0.3);
  EXPECT_LE(largestDifference(gaussianBlur(flat, 1.2, 4), flat), 1e-6);
  at::Tensor dot = torch::zeros({1, 3, 31, 31});
  dot.slice(2, 15, 16).slice(3, 15, 16).fill_(1);
  const at::Tensor blurred = gaussianBlur(dot, 1.5, 6);
  EXPECT_NEAR(blurred[0][0].sum().item<double>(), 1, 1e-5);
  const double atCentre = blurred[0][0][15][15].item<double>();
  // exp(−1/(2σ²)) at a distance of one pixel.
  EXPECT_NEAR(blurred[0][0][15][16].item<double>() / atCentre, std::exp(-0.5 / 2.25), 1e-5);
}

TEST(Transforms, GradientPassesThroughEveryTransform) {
  RandomStream stream = RandomStream::fromSeed(6, "gradients");
  for (int i = 0; i < 40; ++i) {
    const Transform t = drawTransform(stream);
    const at::Tensor images = smoothImages(1, 48, 48).requires_grad_(true);
    applyTransform(images, t).sum().backward();
    ASSERT_TRUE(images.grad().defined());
    EXPECT_TRUE(torch::isfinite(images.grad()).all().item<bool>());
    EXPECT_GT(images.grad().abs().sum().item<double>(), 0);
  }
}

}  // namespace
}  // namespace medlocker::protect
