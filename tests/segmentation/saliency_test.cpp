// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/saliency.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/models/layers.h"
#include "core/models/network.h"

namespace medlocker::segmentation {
namespace {

/// Grade 1 as the mean brightness, grade 0 as a constant: one 1×1 convolution over 8×8 cells, whose
/// class-activation map for grade 1 is the brightness itself.
class BrightnessNetwork : public models::Network {
 public:
  explicit BrightnessNetwork(double bias) : bias_(bias) {
    conv_ = register_module("conv", models::Conv(models::squareConv(3, 1, 1)));
    const torch::NoGradGuard guard;
    conv_->weight.fill_(1.0 / 3);
  }
  torch::Tensor forward(torch::Tensor images) override {
    const torch::Tensor cells = torch::avg_pool2d(images, images.size(2) / 8);
    const torch::Tensor mean = conv_(cells).mean({1, 2, 3}) + bias_;
    return torch::stack({torch::zeros_like(mean), mean}, 1);
  }

 private:
  models::Conv conv_{nullptr};
  double bias_;
};

class DeafClassifier : public models::Classifier {
 public:
  DeafClassifier() {
    info_.classes = {"a", "b"};
    info_.inputSize = 32;
  }
  const models::ModelInfo& info() const override { return info_; }
  DeviceKind device() const override { return DeviceKind::Cpu; }
  at::Tensor logits(const at::Tensor& images) const override {
    return torch::stack({images.mean({1, 2, 3}), images.std({1, 2, 3})}, 1);
  }

 private:
  models::ModelInfo info_;
};

models::ClassifierPtr brightness(data::PreprocessProfile profile, double bias = 1) {
  models::ModelInfo info;
  info.name = "brightness";
  info.arch = "brightness";
  info.sha256 = std::string(64, 'b');
  info.classes = {"grade 0", "grade 1"};
  info.inputSize = 64;
  info.profile = profile;
  return models::makeClassifier(std::make_shared<BrightnessNetwork>(bias), info);
}

data::FieldOfView fieldOf(int width, int height, const data::Box& frame) {
  data::FieldOfView field;
  field.width = width;
  field.height = height;
  field.frame = frame;
  field.mask.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0);
  for (int y = frame.y0; y < frame.y1; ++y)
    for (int x = frame.x0; x < frame.x1; ++x) field.mask[static_cast<std::size_t>(y * width + x)] = 1;
  field.area = static_cast<std::int64_t>(frame.width()) * frame.height();
  return field;
}

data::FloatImage withBlock(int width, int height, const data::Box& block) {
  data::FloatImage view{width, height,
                        std::vector<float>(static_cast<std::size_t>(width * height * 3), 0.2F)};
  for (int y = block.y0; y < block.y1; ++y)
    for (int x = block.x0; x < block.x1; ++x)
      for (int c = 0; c < 3; ++c) view.values[static_cast<std::size_t>((y * width + x) * 3 + c)] = 0.9F;
  return view;
}

TEST(Saliency, MarksWhatTheGradeRestsOnInEveryGeometry) {
  // A block of exactly one of the 8×8 cells of the model's input; the frame begins at (10, 6).
  struct Case {
    data::PreprocessProfile profile;
    int width, height;
    data::Box block;
  };
  const Case cases[] = {
      {data::PreprocessProfile::Squash, 64, 128, {34, 38, 42, 54}},  // cell (3, 2): 8×16 pixels
      {data::PreprocessProfile::Pad, 64, 128, {26, 38, 42, 54}},     // square of 128 from x = -22
  };
  for (const Case& c : cases) {
    const data::Box frame{10, 6, 10 + c.width, 6 + c.height};
    const int width = c.width + 20;
    const int height = c.height + 20;
    const auto field = fieldOf(width, height, frame);
    const auto view = withBlock(width, height, c.block);
    const auto map = saliencyMap(*brightness(c.profile), view, field);
    ASSERT_TRUE(map);
    const auto at = [&](int x, int y) { return (*map)[static_cast<std::size_t>(y * width + x)]; };
    EXPECT_EQ(at(0, 0), 0);  // outside the frame
    // The pixel lies half a pixel from the cell's centre, where the enlarged map is at its highest.
    EXPECT_GT(at((c.block.x0 + c.block.x1) / 2, (c.block.y0 + c.block.y1) / 2), 220);
    const ProtectedRegions regions = regionsFromSaliency(*brightness(c.profile), view, field);
    EXPECT_EQ(regions.source, BoxSource::Saliency);
    ASSERT_EQ(regions.boxes.size(), 1U);
    EXPECT_EQ(regions.boxes[0].source, BoxSource::Saliency);
    // The box lies on the block: half a cell to each side at most, besides the margin.
    const data::Box tight = regions.tightBoxes[0].box;
    EXPECT_GE(tight.x0, c.block.x0 - 8);
    EXPECT_LE(tight.x1, c.block.x1 + 8);
    EXPECT_GE(tight.y0, c.block.y0 - 8);
    EXPECT_LE(tight.y1, c.block.y1 + 8);
    bool said = false;
    for (const std::string& note : regions.notes) said = said || note.starts_with("SALIENCY");
    EXPECT_TRUE(said);
  }
}

TEST(Saliency, AHigherThresholdMarksLess) {
  const auto field = fieldOf(80, 80, {0, 0, 80, 80});
  const auto view = withBlock(80, 80, {30, 20, 40, 40});
  const auto classifier = brightness(data::PreprocessProfile::Squash);
  EXPECT_GT(regionsFromSaliency(*classifier, view, field, 110).lesionPixels(),
            regionsFromSaliency(*classifier, view, field, 190).lesionPixels());
  EXPECT_THROW(regionsFromSaliency(*classifier, view, field, 255), Error);
}

TEST(Saliency, WithoutAMapNothingIsMarked) {
  const auto field = fieldOf(80, 80, {0, 0, 80, 80});
  const auto view = withBlock(80, 80, {30, 20, 40, 40});
  // Grade 0 is a constant: nothing speaks for it. The other classifier has no convolution to show.
  EXPECT_FALSE(saliencyMap(*brightness(data::PreprocessProfile::Squash, -5), view, field));
  const DeafClassifier deaf;
  EXPECT_FALSE(saliencyMap(deaf, view, field));
  const ProtectedRegions regions = regionsFromSaliency(deaf, view, field);
  EXPECT_EQ(regions.source, BoxSource::None);
  EXPECT_TRUE(regions.boxes.empty());
}

TEST(Saliency, WorksOnRealArchitecturesAlsoWithoutGradientMode) {
  const auto field = fieldOf(80, 80, {0, 0, 80, 80});
  const auto view = withBlock(80, 80, {30, 20, 40, 40});
  torch::manual_seed(7);
  models::NetworkOptions options;
  options.outputs = 5;
  options.inputSize = 64;
  const auto network = models::makeNetwork("resnet8", options);
  models::ModelInfo info;
  info.name = "resnet8";
  info.arch = "resnet8";
  info.classes = {"0", "1", "2", "3", "4"};
  info.inputSize = 64;
  const auto classifier = models::makeClassifier(network, info);
  const c10::InferenceMode inference;
  const auto map = saliencyMap(*classifier, view, field);
  ASSERT_TRUE(map);
  EXPECT_EQ(map, saliencyMap(*classifier, view, field));
}

}  // namespace
}  // namespace medlocker::segmentation
