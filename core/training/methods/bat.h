// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// Balance adversarial training: friendly points near the boundary and a uniform prior (Sun et al. 2023,
/// AAAI).
struct BatOptions {
  static constexpr const char* kName = "bat";
  static constexpr const char* kDescription =
      "class-fair training on points just before and just after the decision boundary";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack(0.031, 0.007);
  double beta = 6;   ///< weight of the divergence
  double gamma = 1;  ///< weight of the distance from uniform predictions

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, BatOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("beta", options.beta);
  visit("gamma", options.gamma);
}

}  // namespace medlocker::training
