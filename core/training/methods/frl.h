// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"
#include "core/training/state/class_weights.h"

namespace medlocker::training {

class TrainingMethod;

/// Fair robust learning: fine-tunes a robust model under constraints on each class's clean and boundary error
/// (Xu et al. 2021, arXiv:2010.06121). Start from a robust model.
struct FrlOptions {
  static constexpr const char* kName = "frl";
  static constexpr const char* kDescription =
      "fine-tunes a robust model so that no class's error exceeds the average by much";
  static constexpr MethodTeachers kTeachers{};
  static MethodPreset preset();

  InnerAttackOptions attack = gaussAttack();
  double beta = 1.5;  ///< weight of the divergence
  FrlRule rule;

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, FrlRule>
void describe(Visitor& visit, Self& options) {
  visit("natural_tolerance", options.naturalTolerance);
  visit("boundary_tolerance", options.boundaryTolerance);
  visit("weight_rate", options.weightRate);
  visit("margin_rate", options.marginRate);
  visit("limit", options.limit);
  visit("smallest_margin", options.smallestMargin);
  visit("largest_margin", options.largestMargin);
}

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, FrlOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("beta", options.beta);
  visit("rule", options.rule);
}

}  // namespace medlocker::training
