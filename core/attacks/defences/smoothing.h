// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/common/random.h"

/// Randomised smoothing (Cohen, Rosenfeld and Kolter 2019): the class a classifier gives most often under
/// Gaussian noise, and the L2 radius within which that provably does not change.
namespace medlocker::attacks {

/// Two-sided exact binomial test of `successes` out of `trials` against p = 1/2.
double binomialTestHalf(std::int64_t successes, std::int64_t trials);
/// Quantile of the Beta(a, b) distribution, a, b > 0, probability in (0, 1); absolute error below 1e-12.
double betaQuantile(double probability, double a, double b);
/// Quantile of the standard normal distribution; probability in (0, 1).
double normalQuantile(double probability);

struct SmoothedPrediction {
  int label = -1;  ///< most frequent class (lowest index on ties), also where the answer is abstained from
  bool abstain = true;
  double pValue = 1;
};
/// PREDICT: abstains where the two most frequent classes cannot be told apart at level alpha.
SmoothedPrediction predictFromCounts(std::span<const std::int64_t> counts, double alpha);

struct SmoothedCertificate {
  int label = -1;     ///< -1: abstained
  double lower = 0;   ///< lower confidence bound of the class's probability under noise
  double radius = 0;  ///< L2, in units of the pixel range [0,1]; 0 where abstained
  bool abstain = true;
};
/// CERTIFY, second half: `top` of `trials` draws gave the class that was selected beforehand.
SmoothedCertificate certifyCount(int label, std::int64_t top, std::int64_t trials, double alpha,
                                 double sigma);

struct CertifyOptions {
  double sigma = 0.25;
  std::int64_t selectionDraws = 100;  ///< n0
  std::int64_t draws = 1000;          ///< n
  double alpha = 0.001;
  std::int64_t batchSize = 100;  ///< noisy copies evaluated at once; the result does not depend on it
};
/// Class counts over noisy copies of one image (1×3×n×n); `predict` gives int64 classes [n] of a batch. Draw
/// i of the stream is a function of i alone.
std::vector<std::int64_t> countNoisy(const at::Tensor& image, double sigma, std::int64_t draws, int classes,
                                     std::int64_t batchSize, const RandomStream& stream,
                                     const std::function<at::Tensor(const at::Tensor&)>& predict);
/// CERTIFY of one image.
SmoothedCertificate certifyImage(const at::Tensor& image, int classes, const CertifyOptions& options,
                                 const RandomStream& stream,
                                 const std::function<at::Tensor(const at::Tensor&)>& predict);

}  // namespace medlocker::attacks
