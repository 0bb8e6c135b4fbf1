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

/// Robust soft labels everywhere, no hard label anywhere (Zi et al. 2021, arXiv:2108.07969).
struct RsladOptions {
  static constexpr const char* kName = "rslad";
  static constexpr const char* kDescription =
      "distillation of a robust teacher's soft labels, attacked and clean";
  static constexpr const char* kFairName = "fair-rslad";
  static constexpr const char* kFairDescription =
      "RSLAD with more weight on classes that are easily attacked";
  static constexpr MethodTeachers kTeachers{.robust = true};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack();
  double adversarialWeight = 5.0 / 6;
  double klScale = 0.1;  ///< s of section 2.2

  std::vector<OptionIssue> validate() const;
  /// With fair: the class-reweighted relative.
  std::unique_ptr<TrainingMethod> make(const FairOptions* fair = nullptr) const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, RsladOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("adversarial_weight", options.adversarialWeight);
  visit("kl_scale", options.klScale);
}

}  // namespace medlocker::training
