// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/models/network.h"

namespace medlocker::models {

enum class InferencePrecision { Float32, Bfloat16 };

/// Whether the device multiplies bfloat16 matrices in hardware (AVX512-BF16 or AMX; GPUs from compute
/// capability 8.0). Elsewhere LibTorch emulates the type, slower than float32.
bool bfloat16IsNative(DeviceKind device);

/// A copy of a network for evaluation: batch norm folded where it directly follows a convolution, weights
/// channels-last, everything frozen. Bfloat16: all weights but those of remaining batch norms are converted,
/// and so are the values in between; the output is float32 again. Computes the same function as `network` in
/// evaluation mode, up to rounding, and is differentiable with respect to the images even when made under
/// inference mode. Concurrent forwards are safe.
class InferenceNetwork {
 public:
  /// Throws Error(Unsupported) for a network that was not made by makeNetwork.
  InferenceNetwork(const Network& network, InferencePrecision precision);
  /// float32 N×3×n×n in [0,1] to float32 N×outputs.
  at::Tensor forward(const at::Tensor& images) const;

 private:
  std::shared_ptr<Network> network_;
  InferencePrecision precision_;
};

}  // namespace medlocker::models
