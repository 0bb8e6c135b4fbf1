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

/// Distance-aware fair adversarial training (Lee et al. 2024, ICLR): after a warm-up, weights and radii move
/// from easy classes to the hard classes that are confused with them.
struct DafaOptions {
  static constexpr const char* kName = "dafa";
  static constexpr const char* kDescription =
      "class weights and radii from the similarity of classes after a warm-up";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  AdversarialBase base = AdversarialBase::Trades;
  InnerAttackOptions attack = gaussAttack(0.031, 0.007);
  double beta = 6;
  double lambda = 1;                ///< how much is moved; 1.5 for 100 classes
  std::optional<int> warmUpEpochs;  ///< absent: 70 of 110, scaled to the run

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, DafaOptions>
void describe(Visitor& visit, Self& options) {
  visit("base", options.base);
  visit("attack", options.attack);
  visit("beta", options.beta);
  visit("lambda", options.lambda);
  visit("warm_up_epochs", options.warmUpEpochs);
}

}  // namespace medlocker::training
