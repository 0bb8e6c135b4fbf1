// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/state/class_temperatures.h"

#include <algorithm>
#include <cmath>

namespace medlocker::training {

TemperatureUpdate updatedTemperatures(const std::vector<double>& temperatures, const ClassValues& risk,
                                      double rate, double lowest, double highest) {
  TemperatureUpdate update{ClassValues(risk.size()), temperatures};
  double sum = 0;
  int present = 0;
  for (const auto& value : risk)
    if (value) {
      sum += *value;
      ++present;
    }
  if (present == 0) return update;
  double largest = 0;
  for (std::size_t c = 0; c < risk.size(); ++c)
    if (risk[c]) {
      update.gap[c] = *risk[c] - sum / present;
      largest = std::max(largest, std::abs(*update.gap[c]));
    }
  if (largest <= 1e-12 || present < 2) return update;
  for (std::size_t c = 0; c < risk.size(); ++c)
    if (update.gap[c])
      update.next[c] = std::clamp(temperatures.at(c) - rate * *update.gap[c] / largest, lowest, highest);
  return update;
}

}  // namespace medlocker::training
