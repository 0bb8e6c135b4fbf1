// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/json_fields.h"

namespace medlocker::training {

/// Where an inner maximisation begins (robust training specification, 3.2).
enum class AttackStart {
  None,     ///< x
  Uniform,  ///< uniform in the ball, clamped to [0,1]
  Gauss,    ///< x + 0.001·N(0,1)
};
std::string_view toString(AttackStart start);
/// Names: none, uniform, gauss. Throws Error(InvalidArgument).
AttackStart parseAttackStart(std::string_view name);

/// Batch normalisation of the student during the inner maximisation (2.6).
enum class AttackNormMode {
  Eval,   ///< running statistics, frozen
  Train,  ///< batch statistics; the running ones move at every inner step
};
std::string_view toString(AttackNormMode mode);
/// Names: eval, train. Throws Error(InvalidArgument).
AttackNormMode parseAttackNormMode(std::string_view name);

/// The projected ascent inside a training method. Radii are fractions of the value range [0,1].
struct InnerAttackOptions {
  double epsilon = 8.0 / 255;  ///< 0: x' = x, the inner loop is skipped
  std::optional<double> step;  ///< absent: the method's published step, or epsilon/4 once epsilon is changed
  int steps = 10;
  AttackStart start = AttackStart::Uniform;
  AttackNormMode batchNorm = AttackNormMode::Eval;
  // Of the published recipe; no options.
  double publishedEpsilon = 8.0 / 255;
  double publishedStep = 2.0 / 255;

  double stepSize() const;
  std::vector<OptionIssue> validate(const std::string& field = "method.attack") const;
};

/// CE-type recipes: uniform start, 8/255, 2/255, batch statistics.
InnerAttackOptions uniformAttack(AttackNormMode batchNorm);
/// KL-type recipes: start x + 0.001·N(0,1), running statistics.
InnerAttackOptions gaussAttack(double epsilon = 8.0 / 255, double step = 2.0 / 255);

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, InnerAttackOptions>
void describe(Visitor& visit, Self& options) {
  visit("epsilon", options.epsilon);
  visit("step", options.step);
  visit("steps", options.steps);
  visit("start", options.start);
  visit("batch_norm", options.batchNorm);
}

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::AttackStart> {
  static std::string_view text(training::AttackStart value) { return training::toString(value); }
  static training::AttackStart parse(std::string_view name) { return training::parseAttackStart(name); }
};
template <>
struct medlocker::EnumText<medlocker::training::AttackNormMode> {
  static std::string_view text(training::AttackNormMode value) { return training::toString(value); }
  static training::AttackNormMode parse(std::string_view name) { return training::parseAttackNormMode(name); }
};
