// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace medlocker::bench {

/// What a convolution computes in. Bfloat16 is fast only where the processor has instructions for it.
enum class Precision { Float32, Bfloat16 };

/// A 3×3 convolution, stride 1, padding 1, `channels` to `channels`, on `batch` maps of `side`×`side`.
struct ConvolutionShape {
  std::int64_t batch;
  std::int64_t channels;
  std::int64_t side;

  /// Floating-point operations of one call; a multiplication and an addition count as two.
  double operations() const;
};

/// The shapes tried for the roof: the bodies of a residual network at several depths.
std::span<const ConvolutionShape> roofShapes();

/// Runs one shape with oneDNN through LibTorch: channels-last, no bias, no gradient. Keeps its inputs, so a
/// call costs the convolution alone. Not thread-safe.
class Convolution {
 public:
  Convolution(const ConvolutionShape& shape, Precision precision);
  ~Convolution();
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The most floating-point operations per second any of roofShapes() reaches at the current number of compute
/// threads, best of several repeats: what other benchmarks give their share of. Measured at the first call
/// for each precision (about two seconds), then remembered. Not thread-safe.
double convolutionRoof(Precision precision);

}  // namespace medlocker::bench
