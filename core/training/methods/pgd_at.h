// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// Adversarial training on the worst input in the ball (Madry et al. 2018, arXiv:1706.06083).
struct PgdAtOptions {
  static constexpr const char* kName = "pgd-at";
  static constexpr const char* kDescription = "cross-entropy on PGD examples";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  InnerAttackOptions attack = uniformAttack(AttackNormMode::Train);

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

/// One large step from a random start: fast adversarial training (Wong et al. 2020, arXiv:2001.03994).
struct FgsmRsOptions {
  static constexpr const char* kName = "fgsm-rs";
  static constexpr const char* kDescription = "cross-entropy on one-step examples from a random start, fast";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  InnerAttackOptions attack = fastAttack();

  /// One step of 1.25 epsilon.
  static InnerAttackOptions fastAttack();
  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, PgdAtOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
}

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, FgsmRsOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
}

}  // namespace medlocker::training
