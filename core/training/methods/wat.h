// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// Worst-class adversarial training: exponential weights over classes from validation costs (Li and Liu 2023,
/// AAAI).
struct WatOptions {
  static constexpr const char* kName = "wat";
  static constexpr const char* kDescription = "TRADES with class weights that follow the validation cost";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack(0.031, 0.007);
  double beta = 6;
  double eta = 0.1;  ///< rate of the exponential weights

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, WatOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("beta", options.beta);
  visit("eta", options.eta);
}

}  // namespace medlocker::training
