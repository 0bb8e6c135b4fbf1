// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// Clean accuracy traded against agreement under attack (Zhang et al. 2019, arXiv:1901.08573).
struct TradesOptions {
  static constexpr const char* kName = "trades";
  static constexpr const char* kDescription =
      "cross-entropy plus the divergence of clean and attacked predictions";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack(0.031, 0.007);
  double beta = 6;  ///< weight of the divergence

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, TradesOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("beta", options.beta);
}

}  // namespace medlocker::training
