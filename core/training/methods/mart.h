// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// Misclassification-aware adversarial training (Wang et al. 2020, ICLR).
struct MartOptions {
  static constexpr const char* kName = "mart";
  static constexpr const char* kDescription =
      "TRADES-like, with more weight on samples that are misclassified";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack(0.031, 0.007);
  double weight = 5;  ///< lambda

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, MartOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("weight", options.weight);
}

}  // namespace medlocker::training
