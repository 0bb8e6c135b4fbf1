// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/models/classifier.h"

namespace medlocker::protect {

/// What counts as success (spec 5). Untargeted: any other grade. Referral: the wrong side of the referable
/// threshold. Target: one given grade.
enum class GoalKind { Untargeted, Referral, Target };
std::string_view toString(GoalKind kind);

struct Goal {
  GoalKind kind = GoalKind::Untargeted;
  int target = -1;  ///< class index y*, for Target
};

/// Throws Error(InvalidArgument) naming the model when its classes do not allow the goal: a target that is no
/// class, or a referable threshold with all classes on one side.
void requireReachable(const models::ModelInfo& info, const Goal& goal);

/// Everything a margin depends on besides the logits. Margins are lower for the owner the better; success
/// when the hard margin is below 0.
struct MarginRule {
  models::HeadType head = models::HeadType::Softmax;
  int classes = 0;
  int label = 0;  ///< y
  int referableFrom = 2;
  Goal goal;

  static MarginRule of(const models::ModelInfo& info, int label, const Goal& goal);
};

/// Hard margins (spec 5), one per row: softmax z_y − max_{j≠y} z_j; ordinal 0.5 − |q − y| with q = Σ
/// sigmoid(z); regression 0.5 − |r − y|, where a score beyond the first or last grade counts as that grade.
/// Logits float, N×outputs; result float64, N, same device, differentiable.
at::Tensor hardMargins(const at::Tensor& logits, const MarginRule& rule);

/// The same with the maximum over the competing classes replaced by ln Σ exp, for gradients; never above the
/// hard margin for the untargeted and referral goals. Heads without competing classes have no smooth form and
/// give the hard one.
at::Tensor smoothMargins(const at::Tensor& logits, const MarginRule& rule);

inline constexpr std::size_t kMostCleanMargins = 64;
inline constexpr std::size_t kLeastCleanMargins = 8;

/// Scale of one model: the median of its clean hard margins over the first 64 correctly classified images
/// (those with a margin above 0); 1 where there are fewer than 8.
double marginScale(std::span<const double> cleanMargins);

struct ObjectiveOptions {
  std::vector<double> modelWeights;  ///< w_k; empty: equal. Normalised to sum 1.
  double kappa = 1;                  ///< κ, 0..3: margin beyond the boundary that still counts
  double lambdaOpacity = 0.02;       ///< λ_α
  double lambdaCoverage = 0;         ///< λ_c
};

/// Normalised margins of one candidate: models × transforms, transform 0 is the identity.
struct MarginTable {
  std::size_t models = 0;
  std::size_t transforms = 0;
  std::vector<double> values;

  MarginTable() = default;
  MarginTable(std::size_t modelCount, std::size_t transformCount)
      : models(modelCount), transforms(transformCount), values(modelCount * transformCount) {}
  double at(std::size_t model, std::size_t transform) const { return values[model * transforms + transform]; }
  double& at(std::size_t model, std::size_t transform) { return values[model * transforms + transform]; }

  /// Number of models with a margin below 0 under the identity.
  int fooledModels() const;
  /// True when every model has margins at most `threshold` in at least `share` of the transforms.
  bool holds(double threshold, double share = 0.9) const;
  bool finite() const;
};

/// J = Σ_k w_k · mean_t max(M̃_k,t, −κ) + λ_α·ᾱ + λ_c·cov.
double objective(const MarginTable& margins, double meanOpacity, double coverage,
                 const ObjectiveOptions& options);

}  // namespace medlocker::protect
