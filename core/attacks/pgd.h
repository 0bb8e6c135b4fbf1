// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/attacks/attack.h"

namespace medlocker::attacks {

/// The family of plain projected gradient ascent (specification, 2.1 to 2.4): FGSM (Goodfellow et al. 2015),
/// I-FGSM (Kurakin et al. 2017), PGD (Madry et al. 2018), and PGD on the clamped margin, "CW-inf".
struct PgdOptions {
  std::string id = "pgd";  ///< name in reports; keys the random streams
  Threat threat;
  int steps = 20;
  double step = 2.0 / 255;
  Start start = Start::Uniform;
  int restarts = 1;  ///< further starts are tried on samples still classified correctly
  Keep keep = Keep::Best;
  LossFunction loss = crossEntropyLoss;
  std::string lossName = "ce";
  int draws = 1;  ///< evaluations averaged for a random target
};

class PgdAttack : public Attack {
 public:
  /// Throws Error(InvalidArgument) for steps, restarts or draws below 1, or a negative or non-finite step or
  /// epsilon.
  explicit PgdAttack(PgdOptions options);
  std::string id() const override { return options_.id; }
  const Threat& threat() const override { return options_.threat; }
  Json parameters() const override;
  Perturbation perturb(Target& target, const AttackInput& input) const override;

 protected:
  at::Tensor reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const override;

 private:
  PgdOptions options_;
};

/// One step of length epsilon from x.
PgdOptions fgsmOptions(const Threat& threat);
/// T steps of epsilon/T from x; the last iterate.
PgdOptions iterativeFgsmOptions(const Threat& threat, int steps = 10);
/// 30 steps of 0.003 on the clamped margin.
PgdOptions clampedMarginPgdOptions(const Threat& threat, double kappa = 50);

}  // namespace medlocker::attacks
