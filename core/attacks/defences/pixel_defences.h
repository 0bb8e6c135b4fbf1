// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "core/attacks/defences/defence.h"

/// Deterministic defences that work on pixel values and 8×8 blocks.
namespace medlocker::attacks {

/// JPEG: rounds to 8 bit, encodes (libjpeg-turbo's defaults: 4:2:0, accurate integer DCT) and decodes.
class JpegDefence : public Defence {
 public:
  /// quality 1..100.
  explicit JpegDefence(int quality = 75);
  std::string name() const override { return "jpeg"; }
  DefenceProperties properties() const override { return {}; }
  Json settings() const override { return {{"quality", quality_}}; }
  at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                       int pass) const override;

 private:
  int quality_;
};

/// The luminance quantisation table that libjpeg-turbo uses at this quality, row-major.
std::array<std::uint16_t, 64> jpegLuminanceTable(int quality);
/// Float images N×3×H×W to 8 bit, JPEG, and back to float32 in [0,1].
at::Tensor jpegRoundTrip(const at::Tensor& images, int quality);

/// Number of thresholds k/levels (0 < k < levels) strictly below x, divided by levels-1.
at::Tensor reduceByThresholds(const at::Tensor& images, int levels);
/// round(x·(2^bits-1)) / (2^bits-1).
at::Tensor reduceByRounding(const at::Tensor& images, int bits);

/// Bit-Red (Xu et al. 2018, feature squeezing) by thresholds.
class BitReductionDefence : public Defence {
 public:
  explicit BitReductionDefence(int levels = 4);
  std::string name() const override { return "bit-red"; }
  DefenceProperties properties() const override { return {}; }
  Json settings() const override { return {{"mode", "threshold"}, {"levels", levels_}}; }
  at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                       int pass) const override;

 private:
  int levels_;
};

/// Quantises the DCT of 8×8 blocks (…×8×8, pixel scale 0..255, no level shift, not clipped): step 25 on the
/// 4×4 low corner, 30 elsewhere; float64.
at::Tensor distilBlocks(const at::Tensor& blocks);

/// FD, feature distillation (Liu et al. 2019).
class FeatureDistillationDefence : public Defence {
 public:
  std::string name() const override { return "fd"; }
  DefenceProperties properties() const override { return {}; }
  Json settings() const override { return {{"low_step", 25}, {"high_step", 30}}; }
  at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                       int pass) const override;
};

}  // namespace medlocker::attacks
