// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include "core/training/temperature_coupling.h"

namespace medlocker::training {

/// Losses of adversarial distillation (robust training specification, 5.4 to 7). Pure functions of logits
/// [B,C] and labels int64 [B]. Teacher logits are taken as constants. klScale is the factor s of section 2.2
/// on the batch mean of the summed divergence; sampleWeights [B] (Fair-X) multiplies every term of a sample,
/// undefined = 1. Thread-safe.

/// Guard inside the target's logarithm of RSLAD, ABSLD and MTARD.
inline constexpr double kSoftLabelGuard = 1e-5;

struct ArdLoss {
  at::Tensor scaledDivergence;  ///< s mean KL, without the factor T^2
  at::Tensor crossEntropy;      ///< undefined where clean logits were not given
  at::Tensor total;
};
/// Goldblum et al. 2020, arXiv:1905.09747 (5.4). Clean student logits may be undefined where alpha is 1.
ArdLoss ardLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                const at::Tensor& teacherClean, const at::Tensor& labels, double temperature, double alpha,
                double klScale, const at::Tensor& sampleWeights = {});

struct TwoBranchLoss {
  at::Tensor adversarial;  ///< scaled by klScale
  at::Tensor clean;
  at::Tensor total;
};
/// Zi et al. 2021, arXiv:2108.07969 (5.5).
TwoBranchLoss rsladLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                        const at::Tensor& teacherClean, double adversarialWeight, double klScale,
                        double guard = kSoftLabelGuard, const at::Tensor& sampleWeights = {});

struct IadOptions {
  double temperature = 1;
  double alpha = 1;
  double trustPower = 0.1;
  bool active = true;  ///< false: trust 1, before the student may rely on itself
  bool weightTeacherByTrust =
      false;  ///< the other reading of the paper: the teacher's term times the trust too
};
struct IadLoss {
  at::Tensor trust;  ///< [B], constant
  at::Tensor teacherTerm;
  at::Tensor selfTerm;
  at::Tensor crossEntropy;
  at::Tensor total;
};
/// Zhu et al. 2022, arXiv:2106.04928 (5.6).
IadLoss iadLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                const at::Tensor& teacherClean, const at::Tensor& teacherAdversarial,
                const at::Tensor& labels, const IadOptions& options, const at::Tensor& sampleWeights = {});

/// Huang et al. 2023 (CVPR; 5.7). The clean branch may be undefined where alpha is 1.
TwoBranchLoss adaAdLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                        const at::Tensor& teacherAdversarial, const at::Tensor& teacherClean, double alpha,
                        double klScale);

struct AbsldTargets {
  at::Tensor adversarial;  ///< [B,C] constant
  at::Tensor clean;
};
/// Targets from the teacher's clean logits with class temperatures [C], indexed by the label (6.2, 6.7).
AbsldTargets absldTargets(const at::Tensor& teacherClean, const at::Tensor& labels,
                          const at::Tensor& adversarialTemperatures, const at::Tensor& cleanTemperatures,
                          TemperatureCoupling coupling);
/// Zhao et al. 2024, arXiv:2312.05508: soft-label distillation from separate targets (6.4).
TwoBranchLoss softLabelLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                            const at::Tensor& adversarialTarget, const at::Tensor& cleanTarget,
                            double adversarialWeight, double klScale, double guard = kSoftLabelGuard,
                            const at::Tensor& sampleWeights = {});

struct TwoTeacherBranches {
  at::Tensor adversarial;         ///< scalar with graph, scaled
  at::Tensor clean;               ///< scalar with graph, scaled
  double adversarialEntropy = 0;  ///< mean entropy of the robust teacher's softened prediction on x'
  double cleanEntropy = 0;        ///< of the natural teacher's on x
};
/// Zhao et al. 2022/2024, arXiv:2306.16170: branch losses of MTARD and B-MTARD (7.2) and the entropies (7.4).
TwoTeacherBranches twoTeacherBranches(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                                      const at::Tensor& robustTeacher, const at::Tensor& naturalTeacher,
                                      double adversarialTemperature, double cleanTemperature, double klScale,
                                      double guard = kSoftLabelGuard, const at::Tensor& sampleWeights = {});

}  // namespace medlocker::training
