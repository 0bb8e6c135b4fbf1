// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/attacks/attack.h"

namespace medlocker::attacks {

/// AutoAttack (Croce & Hein 2020; specification, 6).
enum class AutoAttackVersion {
  Standard,  ///< apgd-ce, apgd-t, fab-t, square
  Plus,      ///< apgd-ce (5 restarts), apgd-dlr (5), fab (5), square, apgd-t, fab-t
  Rand,      ///< for random models: apgd-ce and apgd-dlr, each gradient averaged over 20 draws
};

struct AutoAttackOptions {
  Threat threat;
  AutoAttackVersion version = AutoAttackVersion::Standard;
  int iterations = 100;  ///< of APGD and FAB
  int queries = 5000;    ///< of the square attack
  int targets = 9;       ///< of the targeted stages; at most K-1 are used
  int draws = 20;        ///< of Rand
};

/// A sequence of attacks, each run only on samples that every former one left classified correctly. An answer
/// of a stage counts only if the exact logits misclassify it and it keeps budget and box.
class AutoAttack : public Attack {
 public:
  explicit AutoAttack(AutoAttackOptions options);
  std::string id() const override;
  const Threat& threat() const override { return options_.threat; }
  Json parameters() const override;
  std::vector<const Attack*> stages() const override;
  Perturbation perturb(Target& target, const AttackInput& input) const override;

 private:
  AutoAttackOptions options_;
  std::vector<std::unique_ptr<Attack>> stages_;
};

}  // namespace medlocker::attacks
