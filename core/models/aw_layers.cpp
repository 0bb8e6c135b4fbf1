// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/aw_layers.h"

namespace medlocker::models {
namespace {

constexpr std::int64_t kFeatures = 64;
constexpr int kLargeInput = 64;  // above it the trunk halves the side twice more

/// Scale and shift that one branch's running statistics amount to, [C] each.
std::pair<torch::Tensor, torch::Tensor> affineOf(const BatchNorm& norm) {
  const torch::Tensor scale = norm->weight * torch::rsqrt(norm->running_var + norm->options.eps());
  return {scale, norm->bias - norm->running_mean * scale};
}

torch::Tensor overPixels(const torch::Tensor& perChannel) {
  return perChannel.unsqueeze(-1).unsqueeze(-1);
}

}  // namespace

torch::Tensor awSignals(const torch::Tensor& preActivations) {
  return 2 * torch::sigmoid(preActivations);
}

torch::Tensor scaleChannels(const torch::Tensor& convolved, const torch::Tensor& signals) {
  return convolved * overPixels(signals);
}

MixBatchNormImpl::MixBatchNormImpl(std::int64_t channels)
    : clean(register_module("clean", BatchNorm(channels))),
      adversarial(register_module("adversarial", BatchNorm(channels))) {
}

torch::Tensor MixBatchNormImpl::forward(const torch::Tensor& h, const AwPass& pass) {
  if (pass.batchStatistics) return pass.domain == AwDomain::Clean ? clean(h) : adversarial(h);
  const auto [cleanScale, cleanShift] = affineOf(clean);
  const auto [otherScale, otherShift] = affineOf(adversarial);
  const torch::Tensor p = pass.adversarial.unsqueeze(1);
  return torch::addcmul(overPixels((1 - p) * cleanShift + p * otherShift), h.to(torch::kFloat),
                        overPixels((1 - p) * cleanScale + p * otherScale));
}

void MixBatchNormImpl::initialise() {
  clean->reset_parameters();
  adversarial->reset_parameters();
}

AwRouterImpl::AwRouterImpl(const std::vector<std::int64_t>& dynamicWidths, int inputSize) {
  struct Stage {
    std::int64_t in, out, stride, groups;
  };
  std::vector<Stage> stages{
      {3, 16, inputSize > kLargeInput ? 2 : 1, 4}, {16, 32, 2, 8}, {32, kFeatures, 2, 8}};
  if (inputSize > kLargeInput) stages.push_back({kFeatures, kFeatures, 2, 8});
  for (const Stage& stage : stages) {
    const std::string number = std::to_string(convs_.size() + 1);
    convs_.push_back(
        register_module("conv" + number, Conv(squareConv(stage.in, stage.out, 3, stage.stride))));
    norms_.push_back(register_module(
        "norm" + number, torch::nn::GroupNorm(torch::nn::GroupNormOptions(stage.groups, stage.out))));
  }
  Group heads = register_module("heads", Group());
  for (std::size_t l = 0; l < dynamicWidths.size(); ++l)
    heads_.push_back(heads->add(std::to_string(l), Linear(kFeatures, dynamicWidths[l])));
  detector_ = register_module("detector", Linear(kFeatures, 1));
}

torch::Tensor AwRouterImpl::features(const torch::Tensor& normalised) {
  torch::Tensor x = normalised;
  for (std::size_t i = 0; i < convs_.size(); ++i) x = torch::relu(norms_[i](convs_[i](x)));
  return x.mean({2, 3});
}

torch::Tensor AwRouterImpl::detector(const torch::Tensor& features) {
  return detector_(features).squeeze(1).to(torch::kFloat);
}

std::vector<torch::Tensor> AwRouterImpl::signals(const torch::Tensor& features) {
  std::vector<torch::Tensor> signals;
  for (Linear& head : heads_) signals.push_back(awSignals(head(features).to(torch::kFloat)));
  return signals;
}

void AwRouterImpl::initialise() {
  for (Conv& conv : convs_) initKaimingNormal(conv->weight, /*fanOut=*/true);
  for (torch::nn::GroupNorm& norm : norms_) norm->reset_parameters();
  for (Linear& head : heads_) {
    torch::nn::init::normal_(head->weight, 0, 0.01);
    torch::nn::init::zeros_(head->bias);
  }
  torch::nn::init::normal_(detector_->weight, 0, 0.01);
  torch::nn::init::zeros_(detector_->bias);
}

}  // namespace medlocker::models
