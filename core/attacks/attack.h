// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/attacks/ascent.h"
#include "core/attacks/noise.h"
#include "core/attacks/target.h"
#include "core/attacks/threat.h"
#include "core/common/json.h"

namespace medlocker::attacks {

struct AttackBatch {
  at::Tensor images;                  ///< [N,C,H,W] float32 in [0,1]
  at::Tensor labels;                  ///< [N] int64 in 0..K-1, on the images' device
  std::vector<std::int64_t> samples;  ///< N dataset indices; they key the random streams

  std::int64_t size() const { return images.defined() ? images.size(0) : 0; }
  /// The given rows (int64 [n], on the images' device).
  AttackBatch select(const at::Tensor& rows) const;
};

/// One stage of a suite, and how many samples of the batch were still classified correctly after it.
struct StageOutcome {
  std::string stage;
  std::int64_t robust = 0;
};

struct AttackResult {
  at::Tensor images;      ///< [N,C,H,W], within the budget, in [0,1]
  at::Tensor success;     ///< [N] bool: misclassified at `images`, judged at the end by the exact logits
  at::Tensor cleanWrong;  ///< [N] bool: misclassified without an attack; such images are returned unchanged
  at::Tensor predicted;   ///< [N] int64 class at `images`
  at::Tensor loss;        ///< [N] the attack's own loss at `images`
  at::Tensor distance;    ///< [N] float64, ||x' - x|| in the attack's norm
  /// [N] float64: smallest distance of a misclassified image that a minimum-distance attack found, within the
  /// budget or not; infinity where none, undefined for other attacks.
  at::Tensor minimalDistance;
  PassCounts counts;
  std::int64_t rejected = 0;  ///< answers outside budget or box, replaced by the clean image
  std::vector<StageOutcome> stages;
  std::vector<std::string> warnings;  ///< each at most once
};

/// What perturb() is told besides the images.
struct AttackInput {
  const AttackBatch& batch;       ///< only samples that are classified correctly
  const at::Tensor& cleanLogits;  ///< [n,K] exact
  std::uint64_t seed = 0;
};

/// What perturb() answers.
struct Perturbation {
  at::Tensor images;           ///< [n,C,H,W]
  at::Tensor minimalDistance;  ///< see AttackResult; may be undefined
  std::vector<StageOutcome> stages;
  std::vector<std::string> warnings;
};

/// An attack with its parameters. Immutable and thread-safe; the target is not. Implementations write
/// perturb(); run() does what every attack shares: leaves misclassified samples alone, checks budget and box,
/// judges success on the returned images, counts passes.
class Attack {
 public:
  virtual ~Attack() = default;
  /// Stable name, for example "apgd-ce"; keys the random streams together with seed, restart and sample.
  virtual std::string id() const = 0;
  virtual const Threat& threat() const = 0;
  /// Everything that influences the result, for reports.
  virtual Json parameters() const = 0;

  /// Deterministic in (batch, seed); a sample's result does not depend on the rest of the batch. Throws
  /// Stopped; Error(InvalidArgument) for images outside [0,1] or labels outside the classes;
  /// Error(InputRejected) for a target that answers with values that are not finite.
  AttackResult run(Target& target, const AttackBatch& batch, std::uint64_t seed) const;

  /// A suite's attacks in order, each meant for the samples that all former ones left; a single attack is its
  /// own only stage. Whoever keeps a journal runs stage by stage. Valid as long as this object.
  virtual std::vector<const Attack*> stages() const { return {this}; }

  /// The attack proper, for run() and for suites. May return images outside the budget: they are then not
  /// counted.
  virtual Perturbation perturb(Target& target, const AttackInput& input) const = 0;

 protected:
  /// [n] at the given logits; for reports. Default: cross-entropy.
  virtual at::Tensor reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const;
};

/// Judges images by the target's exact form where that is not the attacked one; undefined function otherwise.
Confirm exactConfirm(Target& target, const AttackBatch& batch);
/// Throws Error(InvalidArgument) for images outside [0,1], of another type, or labels outside 0..classes-1.
void requireBatch(const AttackBatch& batch, int classes);
/// Adds a warning unless it is there already.
void addWarning(std::vector<std::string>& warnings, const std::string& warning);

}  // namespace medlocker::attacks
