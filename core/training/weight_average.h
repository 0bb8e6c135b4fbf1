// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/models/network.h"
#include "core/models/safetensors.h"

namespace medlocker::training {

/// Exponential moving average of a network's parameters and floating-point buffers; integer buffers are
/// copied. The decay grows with the number of updates, min(decay, (1+t)/(10+t)), so that early averages are
/// not held by the initial weights. Not thread-safe.
class WeightAverage {
 public:
  WeightAverage(const models::Network& network, double decay);
  void update(const models::Network& network);
  /// Plain mean over all networks given so far (stochastic weight averaging).
  void updateMean(const models::Network& network);
  /// One step with exactly this decay; the first one copies.
  void updateWith(const models::Network& network, double decay);
  /// Writes the average into a network of the same structure.
  void copyTo(models::Network& network) const;

  void saveState(models::TensorMap& tensors, const std::string& prefix) const;
  void loadState(const models::TensorMap& tensors, const std::string& prefix, std::int64_t updates);
  std::int64_t updates() const { return updates_; }

 private:
  void moveTowards(const models::Network& network, double weight);

  double decay_;
  std::int64_t updates_ = 0;
  std::vector<std::string> names_;
  std::vector<at::Tensor> values_;
};

/// Copies parameters and buffers between networks of the same structure. Throws Error(Internal) otherwise.
void copyState(const models::Network& from, models::Network& to);
/// Puts 4-dimensional parameters into channels-last memory: the layout in which convolutions are fastest.
void useChannelsLast(models::Network& network);

}  // namespace medlocker::training
