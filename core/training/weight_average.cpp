// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/weight_average.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/common/error.h"

namespace medlocker::training {

WeightAverage::WeightAverage(const models::Network& network, double decay) : decay_(decay) {
  for (const auto& [name, value] : models::stateDict(network)) {
    names_.push_back(name);
    values_.push_back(value.detach().clone());
  }
}

void WeightAverage::update(const models::Network& network) {
  const double t = static_cast<double>(++updates_);
  moveTowards(network, 1 - std::min(decay_, (1 + t) / (10 + t)));
}

void WeightAverage::updateMean(const models::Network& network) {
  moveTowards(network, 1.0 / static_cast<double>(++updates_));
}

void WeightAverage::updateWith(const models::Network& network, double decay) {
  moveTowards(network, ++updates_ == 1 ? 1.0 : 1 - decay);
}

void WeightAverage::moveTowards(const models::Network& network, double weight) {
  const torch::NoGradGuard noGrad;
  std::vector<at::Tensor> averages, values;
  const auto state = models::stateDict(network);
  for (std::size_t i = 0; i < state.size(); ++i) {
    const at::Tensor value = state[i].second.detach();
    if (value.is_floating_point()) {
      averages.push_back(values_[i]);
      values.push_back(value);
    } else {
      values_[i].copy_(value);
    }
  }
  at::_foreach_lerp_(averages, values, weight);
}

void WeightAverage::copyTo(models::Network& network) const {
  const torch::NoGradGuard noGrad;
  const auto state = models::stateDict(network);
  for (std::size_t i = 0; i < state.size(); ++i) state[i].second.detach().copy_(values_[i]);
}

void WeightAverage::saveState(models::TensorMap& tensors, const std::string& prefix) const {
  for (std::size_t i = 0; i < names_.size(); ++i) tensors[prefix + names_[i]] = values_[i];
}

void WeightAverage::loadState(const models::TensorMap& tensors, const std::string& prefix,
                              std::int64_t updates) {
  const torch::NoGradGuard noGrad;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto found = tensors.find(prefix + names_[i]);
    if (found == tensors.end() || found->second.sizes() != values_[i].sizes())
      throw Error(ErrorCode::InputRejected, "the checkpoint's averaged weights do not fit the network");
    values_[i].copy_(found->second);
  }
  updates_ = updates;
}

void copyState(const models::Network& from, models::Network& to) {
  const torch::NoGradGuard noGrad;
  const auto source = models::stateDict(from), target = models::stateDict(to);
  if (source.size() != target.size()) throw Error(ErrorCode::Internal, "networks of different structure");
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i].first != target[i].first)
      throw Error(ErrorCode::Internal, "networks of different structure");
    target[i].second.detach().copy_(source[i].second.detach());
  }
}

void useChannelsLast(models::Network& network) {
  const torch::NoGradGuard noGrad;
  for (auto& parameter : network.parameters())
    if (parameter.dim() == 4)
      parameter.set_data(parameter.detach().contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace medlocker::training
