// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/training/inner_attack_options.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

class TrainingMethod;

/// What AW-Net's two branches learn from.
enum class AwObjective {
  Teachers,  ///< natural teacher on clean images, robust teacher on attacked ones
  Labels,    ///< cross-entropy in both branches; no teachers
};
std::string_view toString(AwObjective objective);
/// Names: teachers, labels. Throws Error(InvalidArgument).
AwObjective parseAwObjective(std::string_view name);

/// Joint training of an adversarial weight-varied network (attacks specification, 10.5 and 10.6). Needs one
/// of the aw_* architectures.
struct AwNetOptions {
  static constexpr const char* kName = "aw-net";
  static constexpr const char* kDescription =
      "network whose filters and normalisation follow the image, two teachers";
  static MethodPreset preset();
  MethodTeachers teachers() const;

  InnerAttackOptions attack = gaussAttack();
  AwObjective objective = AwObjective::Teachers;
  double evasionWeight = 0;   ///< lambda_a: the training attack also tries to look clean to the router
  double routerWeight = 0.1;  ///< lambda_r of the detector's loss
  bool elementMean =
      false;  ///< also divide the divergences by the number of classes, as the published script does
  double weightRate = 0.025;       ///< of the loss balance, per step; falls with the learning rate
  double temperatureRate = 0.001;  ///< of the teachers' temperatures, per step; falls with the learning rate
  double routerClip = 5;           ///< largest norm of the router's gradient; 0 = off
  bool signals = true;             ///< false: ablation without filter modulation
  bool mixedNorm = true;           ///< false: ablation with one normalisation for both kinds of image
  bool calibrate = true;           ///< fit the detector's temperature on the validation part afterwards

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, AwNetOptions>
void describe(Visitor& visit, Self& options) {
  visit("attack", options.attack);
  visit("objective", options.objective);
  visit("evasion_weight", options.evasionWeight);
  visit("router_weight", options.routerWeight);
  visit("element_mean", options.elementMean);
  visit("weight_rate", options.weightRate);
  visit("temperature_rate", options.temperatureRate);
  visit("router_clip", options.routerClip);
  visit("signals", options.signals);
  visit("mixed_norm", options.mixedNorm);
  visit("calibrate", options.calibrate);
}

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::AwObjective> {
  static std::string_view text(training::AwObjective value) { return training::toString(value); }
  static training::AwObjective parse(std::string_view name) { return training::parseAwObjective(name); }
};
