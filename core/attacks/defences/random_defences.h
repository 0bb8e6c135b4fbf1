// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/attacks/defences/defence.h"

/// Defences that draw at random for every image and pass.
namespace medlocker::attacks {

/// R&P, random resizing and padding (Xie et al. 2018). Resize (nearest) to r, zero padding to M at a random
/// place, flip with probability 1/2; softmax averaged over the draws. For 299 pixels r in 310..330, M = 331,
/// 30 draws; other sides in proportion, 10 draws below 160 pixels. The classifiers here take one size, so the
/// canvas is resized to it afterwards.
class RandomResizeDefence : public Defence {
 public:
  explicit RandomResizeDefence(int side, int draws = 0);
  std::string name() const override { return "rp"; }
  DefenceProperties properties() const override { return {true, true, false}; }
  Json settings() const override;
  Aggregation aggregation() const override { return Aggregation::Probabilities; }
  int passes() const override { return draws_; }
  at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                       int pass) const override;

  /// Smallest resized side and canvas side for images of this side.
  struct Sizes {
    std::int64_t lowest = 0;
    std::int64_t canvas = 0;
  };
  static Sizes sizesFor(std::int64_t side);

 private:
  Sizes sizes_;  // for the side it was made for; others are treated by their own
  int draws_;
};

/// NIPS-r3-lite: weighted mean of logits over copies with geometric jitter (0.9 together) and one copy
/// through JPEG 50 (0.1). Jitter, in this order, nearest sampling, zero fill: shear pi/128, shift 2 %, zoom
/// factor 0.95 of the inverse map, rotation -pi/128, each number times u, u in {0.95, 0.96, …, 1.05}.
class JitterDefence : public Defence {
 public:
  explicit JitterDefence(int draws = 5);
  std::string name() const override { return "nips-r3"; }
  DefenceProperties properties() const override { return {true, true, false}; }
  Json settings() const override;
  int passes() const override { return draws_ + 1; }
  double weight(int pass) const override { return pass < draws_ ? 0.9 / draws_ : 0.1; }
  at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                       int pass) const override;

 private:
  int draws_;
};

/// Total-variation minimisation of one batch: minimises lambda · TV(z) + ½ Σ_kept (z - x)², isotropic TV per
/// channel, by the primal-dual method of Chambolle and Pock (2011), both steps 1/sqrt(8), over-relaxation 1.
/// An image stops when its relative change falls below `tolerance`. `kept` has the images' shape, 1 or 0.
/// Float64.
at::Tensor minimiseTotalVariation(const at::Tensor& images, const at::Tensor& kept, double lambda,
                                  int iterations = 200, double tolerance = 1e-5);

/// TVM (Guo et al. 2018): drops each pixel value with probability 1/2, then minimises total variation.
class TotalVariationDefence : public Defence {
 public:
  explicit TotalVariationDefence(double lambda = 0.03);
  std::string name() const override { return "tvm"; }
  DefenceProperties properties() const override { return {true, false, false}; }
  Json settings() const override;
  at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                       int pass) const override;

 private:
  double lambda_;
};

/// RS, randomised smoothing (Cohen et al. 2019) as a defence: majority over noisy copies; see smoothing.h.
class SmoothingDefence : public Defence {
 public:
  explicit SmoothingDefence(double sigma = 0.25, int draws = 100, double alpha = 0.001);
  std::string name() const override { return "rs"; }
  DefenceProperties properties() const override { return {true, true, false}; }
  Json settings() const override;
  Aggregation aggregation() const override { return Aggregation::Vote; }
  int passes() const override { return draws_; }
  /// Not clipped to [0,1]: the certificate is about unclipped Gaussian noise.
  at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                       int pass) const override;
  double alpha() const { return alpha_; }

 private:
  double sigma_;
  int draws_;
  double alpha_;
};

}  // namespace medlocker::attacks
