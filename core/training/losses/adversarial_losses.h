// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

namespace medlocker::training {

/// Losses of adversarial training without a teacher. Pure functions of logits [B,C] and labels int64 [B];
/// every factor carries gradient unless stated (robust training specification, 5 and 8). Thread-safe.

struct TradesLoss {
  at::Tensor crossEntropy;  ///< scalar
  at::Tensor divergence;    ///< scalar
  at::Tensor total;
};
/// mean CE(clean) + beta mean KL(clean || adversarial): Zhang et al. 2019, arXiv:1901.08573 (5.2).
/// sampleWeights [B] (DAFA) multiplies the cross-entropy alone; undefined = 1.
TradesLoss tradesLoss(const at::Tensor& cleanLogits, const at::Tensor& adversarialLogits,
                      const at::Tensor& labels, double beta, const at::Tensor& sampleWeights = {});

struct MartLoss {
  at::Tensor adversarialCrossEntropy;
  at::Tensor margin;
  at::Tensor weightedDivergence;
  at::Tensor total;
};
/// Wang et al. 2020 (ICLR; 5.3): boosted cross-entropy on x' and the divergence weighted by 1 - p(y|x).
MartLoss martLoss(const at::Tensor& cleanLogits, const at::Tensor& adversarialLogits,
                  const at::Tensor& labels, double weight);

struct CfaLoss {
  at::Tensor crossEntropy;  ///< [B]
  at::Tensor divergence;    ///< [B]
  at::Tensor total;
};
/// mean (1 - beta_y) CE(clean) + beta_y KL(clean || adversarial) with class-wise beta [C]: Wei et al. 2023,
/// arXiv:2303.14460 (8.3).
CfaLoss cfaTradesLoss(const at::Tensor& cleanLogits, const at::Tensor& adversarialLogits,
                      const at::Tensor& labels, const at::Tensor& classBeta);

struct FrlLoss {
  at::Tensor natural;
  at::Tensor boundary;
  at::Tensor total;
};
/// Weighted means of the per-sample terms with class weights [C], normalised by the weights in the batch: Xu
/// et al. 2021, arXiv:2010.06121 (8.1).
FrlLoss frlLoss(const at::Tensor& crossEntropy, const at::Tensor& divergence, const at::Tensor& labels,
                const at::Tensor& naturalWeights, const at::Tensor& boundaryWeights, double beta);

struct WatLoss {
  at::Tensor classPart;
  at::Tensor averagePart;
  at::Tensor total;
};
/// Class experts and one average expert, weights [C+1]: Li and Liu 2023 (AAAI; 8.4).
WatLoss watLoss(const at::Tensor& crossEntropy, const at::Tensor& divergence, const at::Tensor& labels,
                const at::Tensor& weights, double beta);

struct BatLoss {
  at::Tensor crossEntropy;
  at::Tensor divergence;
  at::Tensor uniform;
  at::Tensor total;
};
/// Sun et al. 2023 (AAAI; 8.2): cross-entropy at the last correctly classified point, divergence at the
/// first misclassified one, and the divergence of both predictions from uniform.
BatLoss batLoss(const at::Tensor& lastCleanLogits, const at::Tensor& firstAdversarialLogits,
                const at::Tensor& cleanLogits, const at::Tensor& labels, double beta, double gamma);

/// Iterate indices of BAT from correctness [K+1,B] of x'_0 … x'_K: the last one before the first mistake, and
/// the first mistake after that first one (int64 [B] each). Where there is none: K, and 0 for a start that is
/// already misclassified.
std::pair<at::Tensor, at::Tensor> batSelect(const at::Tensor& correct);

}  // namespace medlocker::training
