// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/unet.h"

#include <torch/torch.h>

#include <string>

namespace medlocker::segmentation {

/// Two convolutions with batch norm and ReLU.
class UNetLevelImpl : public torch::nn::Module {
 public:
  UNetLevelImpl(std::int64_t in, std::int64_t out, bool initialise) {
    for (int i = 0; i < 2; ++i) {
      const std::string number = std::to_string(i + 1);
      convs_.push_back(
          register_module("conv" + number, models::Conv(models::squareConv(i == 0 ? in : out, out, 3))));
      norms_.push_back(register_module("bn" + number, models::BatchNorm(out)));
      if (initialise) models::initKaimingNormal(convs_.back()->weight, /*fanOut=*/true);
    }
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = x;
    for (std::size_t i = 0; i < convs_.size(); ++i) y = norms_[i](convs_[i](y)).relu_();
    return y;
  }

  void fold() {
    for (std::size_t i = 0; i < convs_.size(); ++i) norms_[i]->foldInto(*convs_[i]);
  }

 private:
  std::vector<models::Conv> convs_;
  std::vector<models::BatchNorm> norms_;
};

UNet::UNet(int channels, int outputs, int width, int depth, bool initialise) : depth_(depth) {
  std::vector<std::int64_t> widths;
  for (int level = 0; level <= depth; ++level) {
    // The lowest level is as wide as the one above it: there it costs most parameters and sees least detail.
    widths.push_back(static_cast<std::int64_t>(width) << std::min(level, std::max(0, depth - 1)));
    down_.push_back(
        register_module("down" + std::to_string(level),
                        std::make_shared<UNetLevelImpl>(level == 0 ? channels : widths[widths.size() - 2],
                                                        widths.back(), initialise)));
  }
  for (int level = depth - 1; level >= 0; --level) {
    const auto at = static_cast<std::size_t>(level);
    up_.push_back(register_module(
        "up" + std::to_string(level),
        std::make_shared<UNetLevelImpl>(widths[at] + widths[at + 1], widths[at], initialise)));
  }
  head_ = register_module("head", models::Conv(models::squareConv(width, outputs, 1, 1, 1, /*bias=*/true)));
  if (!initialise) return;
  models::initKaimingNormal(head_->weight, /*fanOut=*/false);
  // Lesions are rare: starting at a probability of 2 % spares the first epochs.
  torch::nn::init::constant_(head_->bias, -4.0);
}

torch::Tensor UNet::forward(const torch::Tensor& images) {
  std::vector<torch::Tensor> levels;
  torch::Tensor x = images;
  for (int level = 0; level <= depth_; ++level) {
    if (level > 0) x = torch::max_pool2d(x, 2, 2);
    x = down_[static_cast<std::size_t>(level)]->forward(x);
    levels.push_back(x);
  }
  for (int level = depth_ - 1; level >= 0; --level) {
    const torch::Tensor& skip = levels[static_cast<std::size_t>(level)];
    x = at::upsample_bilinear2d(x, {skip.size(2), skip.size(3)}, /*align_corners=*/false);
    x = up_[static_cast<std::size_t>(depth_ - 1 - level)]->forward(torch::cat({skip, x}, 1));
  }
  return head_(x);
}

void UNet::fold() {
  for (const auto& level : down_) level->fold();
  for (const auto& level : up_) level->fold();
}

void UNet::shiftOutput(int output, double shift) {
  const torch::NoGradGuard guard;
  head_->bias[output] += shift;
}

}  // namespace medlocker::segmentation
