// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/training/history.h"

namespace medlocker::training {

/// Which trained models a method learns from.
struct MethodTeachers {
  bool robust = false;  ///< --teacher
  bool clean = false;   ///< --clean-teacher
};

/// The published recipe of a method (robust training specification, 11): SGD with momentum 0.9, weight decay
/// on every parameter, step schedule ×0.1.
struct MethodPreset {
  int epochs = 100;
  double learningRate = 0.1;
  std::vector<int> milestones;  ///< for `epochs`; scaled to another run length
  double weightDecay = 5e-4;
  int batchSize = 128;
  bool nesterov = false;
  bool decayAll = true;  ///< weight decay also on normalisation weights and biases
  SelectionCriterion select = SelectionCriterion::Robust;
  int validationSteps = 10;  ///< of the attack that robust validation accuracy is measured with
};

}  // namespace medlocker::training
