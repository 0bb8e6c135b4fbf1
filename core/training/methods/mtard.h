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

/// Multi-teacher adversarial distillation: a robust teacher on attacked images, a natural one on clean
/// images, balanced so that neither branch falls behind (Zhao et al. 2022, ECCV).
struct MtardOptions {
  static constexpr const char* kName = "mtard";
  static constexpr const char* kDescription = "two teachers, robust and natural, with balanced losses";
  static constexpr const char* kFairName = "fair-mtard";
  static constexpr const char* kFairDescription =
      "MTARD with more weight on classes that are easily attacked";
  static constexpr MethodTeachers kTeachers{.robust = true, .clean = true};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack();
  double klScale = 0.1;       ///< s of section 2.2
  double weightRate = 0.025;  ///< of the loss balance, per step; falls with the learning rate
  double power = 1;           ///< exponent of the relative losses

  std::vector<OptionIssue> validate() const;
  /// With fair: the class-reweighted relative.
  std::unique_ptr<TrainingMethod> make(const FairOptions* fair = nullptr) const;
};

/// MTARD with temperatures that balance the teachers' confidence (Zhao et al. 2024, arXiv:2306.16170).
struct BMtardOptions {
  static constexpr const char* kName = "b-mtard";
  static constexpr const char* kDescription = "MTARD with balanced teacher confidence";
  static constexpr MethodTeachers kTeachers{.robust = true, .clean = true};
  static MethodPreset preset();

  MtardOptions base;
  double temperatureRate = 0.001;  ///< per step; falls with the learning rate
  double lowestTemperature = 1;
  double highestTemperature = 10;

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, MtardOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("kl_scale", options.klScale);
  visit("weight_rate", options.weightRate);
  visit("power", options.power);
}

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, BMtardOptions>
void describe(Visitor& visit, Self& options) {
  describe(visit, options.base);
  visit("temperature_rate", options.temperatureRate);
  visit("lowest_temperature", options.lowestTemperature);
  visit("highest_temperature", options.highestTemperature);
}

}  // namespace medlocker::training
