// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/attacks/attack.h"

/// Signs that an evaluation may not mean what it seems to (specification, 6, flags 1 to 7). Flags are
/// warnings: they never change a result.
namespace medlocker::attacks {

struct SanityFlag {
  std::string id;  ///< stable: randomised, probabilities, zero_gradient, classes, black_box_wins, loss_flat,
                   ///< unbounded_fails
  std::string message;  ///< one plain sentence
  bool operator==(const SanityFlag&) const = default;
};

struct PreflightOptions {
  Norm norm = Norm::Linf;
  int targets = 9;        ///< of targeted attacks that will be run; 0: none
  bool usesRatio = true;  ///< whether DLR losses will be used
};

/// Flags 1 (answers differ between passes), 2 (probabilities instead of logits), 3 (zero DLR gradient), 4
/// (too few classes) and 7 (an attack without a budget fails), on one batch.
std::vector<SanityFlag> preflightFlags(Target& target, const AttackBatch& batch,
                                       const PreflightOptions& options, std::uint64_t seed);
/// Flag 6: PGD's loss after 100 steps is not above that after 10 steps for more than a fifth of the samples.
/// `batch` holds samples that the attacks left classified correctly; no flag for an empty one.
std::vector<SanityFlag> flatLossFlag(Target& target, const AttackBatch& batch, const Threat& threat,
                                     double step, std::uint64_t seed);
/// Flag 5: the square attack broke samples that all gradient attacks before it left, more than 0.2 % of
/// `total`.
std::vector<SanityFlag> blackBoxFlag(std::int64_t total, std::int64_t robustBefore, std::int64_t robustAfter);

}  // namespace medlocker::attacks
