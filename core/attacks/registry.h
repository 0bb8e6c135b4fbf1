// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attacks/attack.h"

namespace medlocker::attacks {

/// What the attacks of one audit share, and what a user may override. Absent values: the attack's own
/// default.
struct AttackSettings {
  Threat threat;
  int imageSide = 224;         ///< side of the model's input; decides defaults (specification, 0.5)
  std::optional<int> steps;    ///< iterations
  std::optional<double> step;  ///< step size, in units of the pixel range
  std::optional<int> restarts;
  std::optional<int> queries;   ///< of score-based attacks
  std::optional<int> targets;   ///< of targeted attacks
  std::optional<int> draws;     ///< evaluations averaged for random targets
  std::optional<double> kappa;  ///< confidence of margin losses
};

/// Default step of PGD for this image size and budget: a quarter of epsilon's family default, 2/255 up to 64
/// pixels, 1/255 above; L2: epsilon/4.
double defaultPgdStep(const AttackSettings& settings);

/// Default budget of an image size (specification, 0.5).
double defaultEpsilon(Norm norm, int imageSide);

/// Names of a comma-separated list, or of a preset: quick (fgsm, pgd-20), standard (adds cw and autoattack),
/// thorough (adds pgd-100, and autoattack-plus for autoattack). Throws Error(InvalidArgument) for empty or
/// repeated entries; names are not checked here.
std::vector<std::string> expandAttackList(std::string_view list);

struct AttackListing {
  std::string name;
  std::string description;  ///< one line
};

/// All names, in the order in which they are listed to users. Further names follow patterns ("pgd-N").
std::vector<AttackListing> listAttacks();
/// Throws Error(InvalidArgument) for an unknown name, listing the known ones, and for settings that do not
/// fit.
std::unique_ptr<Attack> makeAttack(std::string_view name, const AttackSettings& settings);

}  // namespace medlocker::attacks
