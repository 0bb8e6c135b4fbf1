// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/attacks/attack.h"

/// APGD, projected ascent that halves its step by itself (Croce & Hein 2020, algorithm 1; specification, 3).
namespace medlocker::attacks {

/// After how many iterations the step is reconsidered.
enum class ApgdSchedule {
  Reference,  ///< whole iterations, as the authors' program counts them
  Paper,      ///< the published recursion
};
/// Checkpoints in 1..iterations, ascending; of an iteration count >= 1.
std::vector<int> apgdCheckpoints(int iterations, ApgdSchedule schedule);

/// The decision at one checkpoint for one sample. `losses` are those inside the window, `lossBefore` the one
/// just before it.
struct ApgdCheck {
  int increases = 0;
  bool tooFewIncreases = false;  ///< condition 1
  bool stalled = false;          ///< condition 2
  bool halve = false;
};
ApgdCheck apgdCheck(double lossBefore, const std::vector<double>& losses, double rho, bool reducedLast,
                    double bestAtLastCheck, double bestNow, bool strictRho = false);

/// x_{i+1} from x_i and x_{i-1} (equations 3 and 4).
struct ApgdStep {
  at::Tensor ascended;  ///< z, the plain projected step
  at::Tensor next;      ///< with momentum
};
ApgdStep apgdStep(Norm norm, const at::Tensor& clean, const at::Tensor& current, const at::Tensor& previous,
                  const at::Tensor& gradient, const PerSample& step, const PerSample& epsilon, bool first,
                  double momentum = 0.75);

/// For each row the classes of rank 2..count+1 in its logits: [n,count] int64, count at most K-1.
at::Tensor targetClasses(const at::Tensor& logits, int count);

enum class ApgdLoss { CrossEntropy, Dlr, TargetedDlr };

struct ApgdOptions {
  std::string id = "apgd-ce";
  Threat threat;
  ApgdLoss loss = ApgdLoss::CrossEntropy;
  int iterations = 100;
  double rho = 0.75;
  int restarts = 1;  ///< of the untargeted losses, on samples still classified correctly
  int targets = 9;   ///< of the targeted loss: at most K-1 are used
  int draws = 1;     ///< evaluations averaged for a random target
  ApgdSchedule schedule = ApgdSchedule::Reference;
  bool strictRho = false;  ///< condition 1 as a strict inequality
  bool bestLoss = false;   ///< answer the iterate of highest loss, misclassified or not (for training)
  bool stopAtSuccess =
      true;  ///< a misclassified sample leaves the batch; else its last misclassified iterate counts
};

class ApgdAttack : public Attack {
 public:
  explicit ApgdAttack(ApgdOptions options);
  std::string id() const override { return options_.id; }
  const Threat& threat() const override { return options_.threat; }
  Json parameters() const override;
  Perturbation perturb(Target& target, const AttackInput& input) const override;

 protected:
  at::Tensor reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const override;

 private:
  ApgdOptions options_;
};

}  // namespace medlocker::attacks
