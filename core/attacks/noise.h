// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/attacks/threat.h"
#include "core/common/random.h"

/// Random tensors whose row i comes from stream i alone, so that they do not depend on batching, threads or
/// device. Values are made on the CPU in float32 and moved to the device of `like`.
namespace medlocker::attacks {

using Streams = std::vector<RandomStream>;

/// The stream of one sample in one restart of one attack (specification, 0.4).
RandomStream sampleStream(std::uint64_t seed, std::string_view attackId, int restart, std::int64_t sample);
/// One stream for each of `samples`.
Streams sampleStreams(std::uint64_t seed, std::string_view attackId, int restart,
                      const std::vector<std::int64_t>& samples);

/// Shaped as `like`; streams.size() must be its number of rows. The streams move on.
at::Tensor uniformNoise(Streams& streams, const at::Tensor& like, double low, double high);
at::Tensor normalNoise(Streams& streams, const at::Tensor& like);
/// Uniform in the ball of radius 1 around 0 (L-infinity: the cube [-1,1]).
at::Tensor ballNoise(Streams& streams, const at::Tensor& like, Norm norm);

enum class Start {
  None,      ///< x
  Uniform,   ///< uniform in the ball around x, then projected
  Gaussian,  ///< x + 0.001·N(0,1), not clamped: the first step does that
};

/// Where an ascent begins. `streams` may be empty for Start::None.
at::Tensor startPoint(Start start, Norm norm, const at::Tensor& clean, const PerSample& epsilon,
                      Streams& streams);

}  // namespace medlocker::attacks
