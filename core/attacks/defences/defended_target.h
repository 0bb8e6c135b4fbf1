// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/attacks/defences/defence.h"
#include "core/attacks/target.h"

namespace medlocker::attacks {

/// What an attacker knows of a defence. Stated in every result about a defended model.
enum class DefenceSetting {
  Oblivious,  ///< attacks the bare classifier
  Bpda,       ///< forward through the defence, backward as if it were the identity (Athalye et al. 2018)
  Eot,        ///< gradients through the defence, averaged over its random draws
  BpdaEot,    ///< both
};
std::string_view toString(DefenceSetting setting);
/// Names: oblivious, bpda, eot, bpda+eot. Throws Error(InvalidArgument).
DefenceSetting parseDefenceSetting(std::string_view name);

struct DefendedOptions {
  DefenceSetting setting = DefenceSetting::Oblivious;
  int draws = 10;          ///< averaged by eot, for stochastic defences
  std::uint64_t seed = 0;  ///< of the defence's own randomness
};

/// A classifier behind a defence as an attacked function for images of any side. Gradients follow the
/// setting; success is judged by the defence in full (all its passes), with random draws of its own that
/// depend on seed and dataset index alone, never on what an attacker drew. Answers are class scores:
/// log-probabilities where the defence averages probabilities, shares of votes where it votes. Throws
/// Error(InvalidArgument) for `eot` without `bpda` on a defence that has no gradient.
Target defendedTarget(models::ClassifierPtr classifier, DefencePtr defence, const DefendedOptions& options);

/// The answers of a defended classifier.
struct DefendedAnswer {
  at::Tensor scores;     ///< [N,K]
  at::Tensor predicted;  ///< [N] int64: the class; -1 where the defence abstains
  at::Tensor preferred;  ///< [N] int64: the class it would have given without abstaining
};
/// Class scores and predictions with all passes; `samples`: dataset index per image, keys the draws.
DefendedAnswer answerDefended(const models::Classifier& classifier, const Defence& defence,
                              const at::Tensor& images, const std::vector<std::int64_t>& samples,
                              std::uint64_t seed);

}  // namespace medlocker::attacks
