// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/attacks/sanity_flags.h"
#include "core/attacks/threat.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"
#include "core/models/aw_net.h"

namespace medlocker::audit {

/// Attacks that know how AW-Net works (attacks specification, 10.7). A network that adapts to attacks must be
/// attacked through its adaptation.
struct AwEvaluationOptions {
  attacks::Threat threat;
  std::vector<std::string> attacks{"pgd-20", "cw"};  ///< A1: through the complete soft-routed network
  std::vector<double> evasionWeights{0.1, 1, 10};    ///< A2: weight of looking clean to the router
  int evasionSteps = 40;                             ///< of A2, A3 and A4
  /// A5: static networks, bare of any router, whose adversarial images are tried on this one; none: no A5.
  std::vector<models::ClassifierPtr> transferSources;
  std::vector<std::string> transferAttacks{"mi+di+ti", "dts"};
  int blackBoxQueries = 1000;  ///< A6: of Square, on what all gradients left; 0: no Square
  std::uint64_t seed = 0;

  std::vector<OptionIssue> validate() const;
};

struct AwAttackFigure {
  std::string id;            ///< "A1 pgd-20", "A2 lambda 1", "A3 force_clean" …
  std::int64_t correct = 0;  ///< images right when clean and under this attack
};

struct AwEvaluation {
  std::int64_t samples = 0;
  std::int64_t cleanCorrect = 0;
  double detectorAuroc = 0;  ///< A0: clean against the first attack's images; NaN without both
  double probabilityOnClean = 0;
  double probabilityOnAttacked = 0;
  std::array<std::int64_t, 10> histogramClean{}, histogramAttacked{};  ///< of the probability "adversarial"
  std::vector<AwAttackFigure> attacks;
  std::int64_t complete = 0;   ///< right under all of A1
  std::int64_t evasion = 0;    ///< right under all of A2
  std::int64_t surrogate = 0;  ///< right under all of A3
  std::int64_t transfer = 0;   ///< right under all of A5; equals cleanCorrect without sources
  std::int64_t blackBox = 0;   ///< right under A1 to A3 and then Square (A6)
  std::int64_t headline = 0;   ///< right under A1 to A3 and A6: what is reported as robust accuracy
  /// A6: signs that the evaluation misleads (flags 5 to 7 of the attack specification, section 6).
  std::vector<attacks::SanityFlag> flags;
  std::int64_t falseAlarm = 0;               ///< A4: right after the image was changed to look adversarial
  bool routerCanBeEvaded = false;            ///< A2 is more than 5 points below A1
  std::int64_t cleanUnderForceAdv = 0;       ///< cost of misrouting clean images
  std::int64_t attackedUnderForceClean = 0;  ///< … and attacked ones (images of the first attack)
  std::vector<std::string> layers;           ///< dynamic layers
  std::vector<double> signalClean, signalAttacked;  ///< mean |s - 1| per dynamic layer

  double rate(std::int64_t count) const;
  Json toJson() const;
  std::string briefReport() const;
};

using LabelledBatchVisitor = std::function<void(const at::Tensor& images, const at::Tensor& labels,
                                                const std::vector<std::int64_t>& samples)>;
/// Feeds every batch to the visitor; false when a stop was requested.
using LabelledBatches = std::function<bool(const LabelledBatchVisitor&)>;

/// The network must be in evaluation mode with its route `soft`; its settings are changed for the surrogates
/// and restored. Deterministic. Empty when a stop was requested. Throws Error(InvalidArgument).
std::optional<AwEvaluation> evaluateAwNet(models::AwNet& network, int classes, const LabelledBatches& batches,
                                          const AwEvaluationOptions& options, const RunContext& context);

/// Area under the ROC curve by ranks, ties counted half; NaN without both kinds.
double areaUnderRoc(const std::vector<double>& negatives, const std::vector<double>& positives);

}  // namespace medlocker::audit
