// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// Adaptive adversarial distillation: the attack maximises the difference of student and teacher at the same
/// point (Huang et al. 2023, CVPR).
struct AdaAdOptions {
  static constexpr const char* kName = "adaad";
  static constexpr const char* kDescription = "distillation where student and teacher disagree most; costly";
  static constexpr MethodTeachers kTeachers{.robust = true};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack();
  double alpha = 1;      ///< share of the attacked term
  double klScale = 0.1;  ///< s of section 2.2

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, AdaAdOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("alpha", options.alpha);
  visit("kl_scale", options.klScale);
}

}  // namespace medlocker::training
