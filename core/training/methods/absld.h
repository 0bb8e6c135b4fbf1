// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"
#include "core/training/temperature_coupling.h"

namespace medlocker::training {

class TrainingMethod;

/// Anti-bias soft-label distillation (Zhao et al. 2024, arXiv:2312.05508): classes on which the student errs
/// more than average get sharper targets, easy ones smoother targets.
struct AbsldOptions {
  static constexpr const char* kName = "absld";
  static constexpr const char* kDescription = "class-fair distillation with class-wise temperatures";
  static constexpr MethodTeachers kTeachers{.robust = true};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack();
  double adversarialWeight = 5.0 / 6;
  double klScale = 0.1;  ///< s of section 2.2
  double rate = 0.1;     ///< step of the temperatures per epoch; falls with the learning rate
  double lowestTemperature = 0.5;
  double highestTemperature = 5;
  TemperatureCoupling coupling = TemperatureCoupling::Independent;

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, AbsldOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("adversarial_weight", options.adversarialWeight);
  visit("kl_scale", options.klScale);
  visit("rate", options.rate);
  visit("lowest_temperature", options.lowestTemperature);
  visit("highest_temperature", options.highestTemperature);
  visit("coupling", options.coupling);
}

}  // namespace medlocker::training
