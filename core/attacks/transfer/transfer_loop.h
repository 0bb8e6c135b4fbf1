// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/attacks/gradient.h"
#include "core/attacks/transfer/patch_mask.h"
#include "core/attacks/transfer/transfer_options.h"

namespace medlocker::attacks {

/// How gradients under several masks are added up.
enum class MaskAccumulation {
  Mean,
  Released,  ///< weights M, M-1, …, 1: a gradient buffer that is not cleared between masks
};

/// The masks each image is attacked under, best first.
struct MaskSet {
  PatchGeometry geometry;
  std::vector<std::vector<PatchGenes>> populations;  ///< one per row, equally long; empty: no masks
  int perStep = 12;                                  ///< M: masks used in one step
  MaskAccumulation accumulation = MaskAccumulation::Mean;
  at::Tensor fill;  ///< [1,C,1,1] shown instead of dropped pixels; undefined: 0
};

/// Clean images that Admix mixes in, and their labels.
struct AdmixPool {
  at::Tensor images;  ///< [P,C,H,W]
  at::Tensor labels;  ///< [P]
};

/// Everything one batch needs besides the options. `objective` is what the attacker maximises, without views.
struct TransferBatch {
  at::Tensor clean;                   ///< [N,C,H,W] in [0,1]
  at::Tensor labels;                  ///< [N] int64
  std::vector<std::int64_t> samples;  ///< N dataset indices: key the random streams
  Objective objective;
  MaskSet masks;
  AdmixPool pool;  ///< not defined: the batch itself
  std::uint64_t seed = 0;
  std::string attackId;  ///< keys the random streams
};

struct TransferOutcome {
  at::Tensor images;                  ///< [N,C,H,W]: the last iterate, within the budget and in [0,1]
  std::int64_t admixWithoutPool = 0;  ///< images whose class was the only one in the pool: plain SI
};

/// The views of one gradient: what the models are shown instead of an image.
struct ViewPlan {
  std::vector<at::Tensor> masks;    ///< each [N,1,H,W] of 0 and 1; empty: unmasked
  std::vector<double> maskWeights;  ///< sum 1
  at::Tensor fill;
  std::vector<at::Tensor> mixIns;  ///< each [N,C,H,W]; empty: none
  double mixStrength = 0;
  int scales = 1;
  std::optional<InputDiversityOptions> diversity;
};

/// Weighted mean over views of the gradient of the objective with respect to `images` (specification, 7:
/// mask, then Admix, then SI, then DI). `viewStream` gives the draws of input diversity, one per view; `draw`
/// counts evaluations.
at::Tensor viewGradient(const Objective& objective, const at::Tensor& images, const at::Tensor& rows,
                        const ViewPlan& plan, RandomStream& viewStream, std::uint64_t& draw,
                        PassCounts& counts);

/// VT: the next variance term from the gradients at neighbours, V' = mean(neighbours) - gradient.
at::Tensor varianceTerm(const std::vector<at::Tensor>& neighbourGradients, const at::Tensor& gradient);
/// PGN: mean over neighbours of (1-balance)·first + balance·probe.
at::Tensor combineFlatness(const std::vector<at::Tensor>& first, const std::vector<at::Tensor>& probes,
                           double balance);

/// The one loop of all gradient-based transfer attacks (specification, 7). Deterministic in batch and seed;
/// except for Admix a sample's result does not depend on the rest of the batch. Throws what the objective
/// throws.
TransferOutcome runTransferLoop(const TransferOptions& options, const TransferBatch& batch,
                                PassCounts& counts);

}  // namespace medlocker::attacks
