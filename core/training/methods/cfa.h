// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/adversarial_base.h"
#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// Class-wise calibrated fair adversarial training (Wei et al. 2023, arXiv:2303.14460): class-wise radii and
/// weights, and weight averaging that leaves out epochs with a poor worst class.
struct CfaOptions {
  static constexpr const char* kName = "cfa";
  static constexpr const char* kDescription = "class-wise radii and weights, fairness-aware weight averaging";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  AdversarialBase base = AdversarialBase::Trades;
  double epsilon = 8.0 / 255;  ///< radius before calibration
  double step = 2.0 / 255;
  int steps = 10;
  double beta = 6;                   ///< of the TRADES form
  double epsilonOffset = 0.5;        ///< lambda_1
  double betaOffset = 0.5;           ///< lambda_2
  std::optional<int> uniformEpochs;  ///< epochs before calibration; absent: 10 of 200, scaled to the run
  double averageDecay = 0.88;
  double averageThreshold =
      0.2;  ///< worst class's robust validation accuracy an epoch needs to be averaged in

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, CfaOptions>
void describe(Visitor& visit, Self& options) {
  visit("base", options.base);
  visit("epsilon", options.epsilon);
  visit("step", options.step);
  visit("steps", options.steps);
  visit("beta", options.beta);
  visit("epsilon_offset", options.epsilonOffset);
  visit("beta_offset", options.betaOffset);
  visit("uniform_epochs", options.uniformEpochs);
  visit("average_decay", options.averageDecay);
  visit("average_threshold", options.averageThreshold);
}

}  // namespace medlocker::training
