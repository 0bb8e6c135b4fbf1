// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <vector>

#include "core/common/json_fields.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// Class weights from how many inner steps a class survives (Yue et al. 2023, NeurIPS; robust training
/// specification, 8.5).
struct FairOptions {
  double power = 2;  ///< q
  double lowestWeight = 5.0 / 6;
  double highestWeight = 5.0 / 2;

  std::vector<OptionIssue> validate() const;
};

/// The class-reweighted relative of a distillation method.
template <typename Base>
struct FairVariant : Base {
  static constexpr const char* kName = Base::kFairName;
  static constexpr const char* kDescription = Base::kFairDescription;
  static MethodPreset preset() {
    MethodPreset preset = Base::preset();
    preset.nesterov = true;
    preset.select = SelectionCriterion::RobustAndWorstClass;
    return preset;
  }

  FairOptions fair;

  std::vector<OptionIssue> validate() const {
    std::vector<OptionIssue> issues = Base::validate();
    for (OptionIssue& issue : fair.validate()) issues.push_back(std::move(issue));
    return issues;
  }
  std::unique_ptr<TrainingMethod> make() const { return Base::make(&fair); }
};

template <typename T>
struct IsFairVariant : std::false_type {};
template <typename Base>
struct IsFairVariant<FairVariant<Base>> : std::true_type {
  using BaseOptions = Base;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, FairOptions>
void describe(Visitor& visit, Self& options) {
  visit("power", options.power);
  visit("lowest_weight", options.lowestWeight);
  visit("highest_weight", options.highestWeight);
}

template <typename Visitor, typename Self>
requires(IsFairVariant<std::remove_const_t<Self>>::value) void describe(Visitor& visit, Self& options) {
  using Base = typename IsFairVariant<std::remove_const_t<Self>>::BaseOptions;
  using Part = std::conditional_t<std::is_const_v<Self>, const Base, Base>;
  describe(visit, static_cast<Part&>(options));
  visit("fair", options.fair);
}

}  // namespace medlocker::training
