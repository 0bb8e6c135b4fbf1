// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/network.h"

#include <torch/torch.h>

#include "core/common/error.h"
#include "core/models/architecture_state.h"
#include "core/models/layers.h"

namespace medlocker::models {

void Network::setNormalisation(const std::array<float, 3>& mean, const std::array<float, 3>& stddev) {
  for (std::size_t c = 0; c < 3; ++c)
    if (!std::isfinite(mean[c]) || !std::isfinite(stddev[c]) || stddev[c] <= 0)
      throw Error(ErrorCode::InvalidArgument,
                  "normalisation needs finite means and standard deviations above 0");
  mean_ = torch::tensor({mean[0], mean[1], mean[2]}).reshape({1, 3, 1, 1});
  stddev_ = torch::tensor({stddev[0], stddev[1], stddev[2]}).reshape({1, 3, 1, 1});
  const auto parameters = this->parameters();
  if (!parameters.empty()) {
    mean_ = mean_.to(parameters.front().device());
    stddev_ = stddev_.to(parameters.front().device());
  }
}

torch::Tensor Network::normalise(const torch::Tensor& images) const {
  if (!mean_.defined()) return images;
  return (images - mean_) / stddev_;
}

void Network::to(torch::Device device, torch::Dtype dtype, bool nonBlocking) {
  Module::to(device, dtype, nonBlocking);
  if (mean_.defined()) {
    mean_ = mean_.to(device);
    stddev_ = stddev_.to(device);
  }
}

void Network::to(torch::Dtype dtype, bool nonBlocking) {
  Module::to(dtype, nonBlocking);
}

void Network::to(torch::Device device, bool nonBlocking) {
  Module::to(device, nonBlocking);
  if (mean_.defined()) {
    mean_ = mean_.to(device);
    stddev_ = stddev_.to(device);
  }
}

std::vector<std::pair<std::string, torch::Tensor>> stateDict(const Network& network) {
  std::vector<std::pair<std::string, torch::Tensor>> entries;
  for (const auto& item : network.named_parameters()) entries.emplace_back(item.key(), item.value());
  for (const auto& item : network.named_buffers()) entries.emplace_back(item.key(), item.value());
  return entries;
}

std::shared_ptr<Network> cloneNetwork(const Network& network) {
  if (network.arch().empty())
    throw Error(ErrorCode::Unsupported, "a network of unknown architecture cannot be copied");
  NetworkOptions options = network.options();
  options.initialise = false;
  auto copy = makeNetwork(network.arch(), options);
  const auto source = stateDict(network);
  if (!source.empty()) copy->to(source.front().second.device());
  const auto target = stateDict(*copy);
  torch::NoGradGuard guard;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (i >= source.size() || source[i].first != target[i].first)
      throw Error(ErrorCode::Unsupported, "a changed network cannot be copied");
    target[i].second.copy_(source[i].second);
    target[i].second.set_requires_grad(source[i].second.requires_grad());
  }
  if (const auto* state = dynamic_cast<const ArchitectureState*>(&network))
    dynamic_cast<ArchitectureState&>(*copy).setArchitectureState(state->architectureState());
  copy->mean_ = network.mean_;
  copy->stddev_ = network.stddev_;
  copy->train(network.is_training());
  return copy;
}

void foldBatchNorm(Network& network) {
  for (const auto& [conv, norm] : network.convNormPairs()) norm->foldInto(*conv);
}

}  // namespace medlocker::models
