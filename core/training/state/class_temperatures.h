// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/training/state/class_statistics.h"

namespace medlocker::training {

struct TemperatureUpdate {
  ClassValues gap;  ///< risk minus the mean risk, over the classes that have one
  std::vector<double> next;
};
/// ABSLD's update of one branch (robust training specification, 6.6): classes with more risk than average get
/// a lower temperature. Invariant to adding a constant to all risks and to scaling them. Nothing changes
/// where all gaps are 0 or fewer than two classes have a risk.
TemperatureUpdate updatedTemperatures(const std::vector<double>& temperatures, const ClassValues& risk,
                                      double rate, double lowest, double highest);

}  // namespace medlocker::training
