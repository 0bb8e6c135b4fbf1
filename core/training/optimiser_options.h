// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/common/json_fields.h"

namespace medlocker::training {

enum class OptimiserKind { AdamW, Sgd };

std::string_view toString(OptimiserKind kind);
/// Names: adamw, sgd. Throws Error(InvalidArgument).
OptimiserKind parseOptimiserKind(std::string_view name);

struct OptimiserOptions {
  OptimiserKind kind = OptimiserKind::AdamW;
  double learningRate = 1e-3;
  double weightDecay = 0.05;
  bool decayAll = false;  ///< also biases and normalisation weights (the robust-training presets do)
  double momentum = 0.9;  ///< sgd
  bool nesterov = true;   ///< sgd
  double beta1 = 0.9;     ///< adamw
  double beta2 = 0.999;   ///< adamw
  double epsilon = 1e-8;  ///< adamw
  double clipNorm = 5;    ///< gradients are scaled down to this Euclidean norm; 0 = off

  std::vector<OptionIssue> validate() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, OptimiserOptions>
void describe(Visitor& visit, Self& options) {
  visit("kind", options.kind);
  visit("learning_rate", options.learningRate);
  visit("weight_decay", options.weightDecay);
  visit("decay_all", options.decayAll);
  visit("momentum", options.momentum);
  visit("nesterov", options.nesterov);
  visit("beta1", options.beta1);
  visit("beta2", options.beta2);
  visit("epsilon", options.epsilon);
  visit("clip_norm", options.clipNorm);
}

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::OptimiserKind> {
  static std::string_view text(training::OptimiserKind value) { return training::toString(value); }
  static training::OptimiserKind parse(std::string_view name) { return training::parseOptimiserKind(name); }
};
