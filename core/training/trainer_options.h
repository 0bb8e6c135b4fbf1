// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/training/augmentation.h"
#include "core/training/history.h"
#include "core/training/method_options.h"
#include "core/training/optimiser_options.h"
#include "core/training/sampler.h"
#include "core/training/schedule.h"

namespace medlocker::training {

/// Arithmetic of the training forward and backward passes. Validation and losses are always float32.
enum class Precision { Float32, Bfloat16 };
std::string_view toString(Precision precision);
/// Names: float32, bf16. Throws Error(InvalidArgument).
Precision parsePrecision(std::string_view name);

/// What determines the trained weights, besides data and network.
struct TrainerOptions {
  MethodOptions method = StandardOptions{};
  int epochs = 30;
  int batchSize = 32;
  ClassBalance balance = ClassBalance::Sampling;  ///< retinal sets are mostly healthy
  AugmentOptions augment = augmentPreset("fundus");
  OptimiserOptions optimiser;
  ScheduleOptions schedule;
  double emaDecay = 0;  ///< 0 = off; else the averaged weights are validated and kept
  /// Stochastic weight averaging (Izmailov et al. 2018): the plain mean of the weights at the end of this and
  /// every later epoch is validated and kept; 0 = off.
  int swaFrom = 0;
  /// Training images (as drawn in the first epoch, not augmented) from which the batch-norm statistics of
  /// what is validated and kept are estimated anew; 0 = the running averages of training.
  int normImages = 512;
  Precision precision = Precision::Float32;
  SelectionCriterion select = SelectionCriterion::Method;
  /// Robust validation by 10-step PGD on so many validation images, spread evenly; 0 = all. Methods that need
  /// no robust accuracy skip it.
  int robustImages = 0;
  int patience = 0;             ///< epochs without a better model before stopping early; 0 = never
  int checkpointSeconds = 600;  ///< a long epoch is checkpointed in its middle this often
  std::uint64_t seed = 0;

  std::vector<OptionIssue> validate() const;
  /// The criterion itself where `select` leaves it to the method.
  SelectionCriterion selection() const;
};

/// Takes over the published recipe of `options.method`, with milestones scaled to `epochs` (0: the recipe's
/// own run length). Methods without a recipe (standard) change nothing but the epochs.
void applyPreset(TrainerOptions& options, int epochs = 0);

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, TrainerOptions>
void describe(Visitor& visit, Self& options) {
  visit("method", options.method);
  visit("epochs", options.epochs);
  visit("batch_size", options.batchSize);
  visit("balance", options.balance);
  visit("augment", options.augment);
  visit("optimiser", options.optimiser);
  visit("schedule", options.schedule);
  visit("ema_decay", options.emaDecay);
  visit("swa_from", options.swaFrom);
  visit("norm_images", options.normImages);
  visit("precision", options.precision);
  visit("select", options.select);
  visit("robust_images", options.robustImages);
  visit("patience", options.patience);
  visit("checkpoint_seconds", options.checkpointSeconds);
  visit("seed", options.seed);
}

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::Precision> {
  static std::string_view text(training::Precision value) { return training::toString(value); }
  static training::Precision parse(std::string_view name) { return training::parsePrecision(name); }
};
