// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"
#include "core/training/methods/fair_variant.h"

namespace medlocker::training {

class TrainingMethod;

/// Adversarial robustness distillation from one robust teacher (Goldblum et al. 2020, arXiv:1905.09747).
struct ArdOptions {
  static constexpr const char* kName = "ard";
  static constexpr const char* kDescription = "distillation of a robust teacher's softened clean predictions";
  static constexpr const char* kFairName = "fair-ard";
  static constexpr const char* kFairDescription = "ARD with more weight on classes that are easily attacked";
  static constexpr MethodTeachers kTeachers{.robust = true};
  static MethodPreset preset();

  InnerAttackOptions attack = uniformAttack(AttackNormMode::Train);
  double temperature = 30;
  double alpha = 1;      ///< share of the distillation term; the rest is cross-entropy on clean images
  double klScale = 0.1;  ///< s of section 2.2

  std::vector<OptionIssue> validate() const;
  /// With fair: the class-reweighted relative.
  std::unique_ptr<TrainingMethod> make(const FairOptions* fair = nullptr) const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, ArdOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("temperature", options.temperature);
  visit("alpha", options.alpha);
  visit("kl_scale", options.klScale);
}

}  // namespace medlocker::training
