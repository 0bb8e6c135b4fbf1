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

/// Introspective distillation: the teacher is trusted as far as it is right on attacked images (Zhu et al.
/// 2022, arXiv:2106.04928).
struct IadTrainingOptions {
  static constexpr const char* kName = "iad";
  static constexpr const char* kDescription =
      "distillation that trusts the teacher as far as it is right under attack";
  static constexpr const char* kFairName = "fair-iad";
  static constexpr const char* kFairDescription = "IAD with more weight on classes that are easily attacked";
  static constexpr MethodTeachers kTeachers{.robust = true};
  static MethodPreset preset();

  InnerAttackOptions attack = uniformAttack(AttackNormMode::Train);
  double temperature = 1;
  double alpha = 1;
  double trustPower = 0.1;            ///< kappa
  std::optional<int> trustAfter;      ///< epochs after which trust acts; absent: 60 of 200, scaled to the run
  bool weightTeacherByTrust = false;  ///< the other reading of the paper

  std::vector<OptionIssue> validate() const;
  /// With fair: the class-reweighted relative.
  std::unique_ptr<TrainingMethod> make(const FairOptions* fair = nullptr) const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, IadTrainingOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("temperature", options.temperature);
  visit("alpha", options.alpha);
  visit("trust_power", options.trustPower);
  visit("trust_after", options.trustAfter);
  visit("weight_teacher_by_trust", options.weightTeacherByTrust);
}

}  // namespace medlocker::training
