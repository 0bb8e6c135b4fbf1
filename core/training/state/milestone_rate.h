// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace medlocker::training {

/// A method's rate that falls with the learning rate: multiplied by `factor` after each milestone epoch
/// completes, cumulatively (robust training specification, 4.2). A pure function of the epoch, so there is
/// nothing to save.
struct MilestoneRate {
  double base = 0;
  std::vector<int> milestones;  ///< epochs from 1; those beyond the run never act
  double factor = 0.1;

  /// During epoch `epoch` (from 1).
  double during(int epoch) const { return after(epoch - 1); }
  /// Once `epoch` has completed: what an update at its end uses.
  double after(int epoch) const {
    double rate = base;
    for (const int milestone : milestones)
      if (milestone <= epoch) rate *= factor;
    return rate;
  }
};

}  // namespace medlocker::training
