// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "core/models/network.h"

namespace medlocker::training {

/// Replaces the running statistics of all batch normalisations by the plain mean over the batches that are
/// added, for the weights as they are now ("precise batch norm", Wu and Johnson 2021, section 3). The running
/// averages of training lag behind the weights; in a short run of a network with a small momentum (MobileNet:
/// 0.01) they are still mostly the initial zeros and ones, and evaluation is then worthless. Dropout stays
/// off. Not thread-safe.
class NormStatistics {
 public:
  explicit NormStatistics(models::Network& network);
  /// Restores momenta and leaves the network in evaluation mode.
  ~NormStatistics();
  NormStatistics(const NormStatistics&) = delete;
  NormStatistics& operator=(const NormStatistics&) = delete;

  /// False: there is no batch normalisation, nothing needs to be added.
  bool needed() const { return !layers_.empty(); }
  /// float32 N×3×n×n with values in [0,1]. Batches should be of one size: each counts the same.
  void add(const at::Tensor& images);

 private:
  struct Layer;
  models::Network& network_;
  std::vector<Layer> layers_;
  int batches_ = 0;
};

}  // namespace medlocker::training
