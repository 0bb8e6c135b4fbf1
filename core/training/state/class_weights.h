// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/training/state/class_statistics.h"

namespace medlocker::training {

/// Class-wise multipliers, weights and radii of the class-fair methods (robust training specification, 8).
/// All float64 on the host; torch-free.

struct FrlRule {
  double naturalTolerance = 0.07;   ///< delta_n
  double boundaryTolerance = 0.07;  ///< delta_b
  double weightRate = 0.05;         ///< eta_w
  double marginRate = 0.2;          ///< eta_m; 0 = no re-margin
  double limit = 0.5;               ///< bound on the sum of the projected multipliers
  double smallestMargin = 0.98;
  double largestMargin = 3.0;
};

/// FRL's multipliers (8.1).
struct FrlMultipliers {
  std::vector<double> natural, boundary, margin;  ///< [C]

  explicit FrlMultipliers(int classes = 0)
      : natural(static_cast<std::size_t>(classes)), boundary(natural), margin(natural) {}

  struct Gaps {
    std::vector<double> natural, boundary;
  };
  /// Constraint violations; 0 for a class without validation samples.
  static Gaps gaps(const ClassValues& naturalError, const ClassValues& boundaryError, double naturalTotal,
                   double boundaryTotal, const FrlRule& options);
  void update(const Gaps& gaps, const FrlRule& options, double weightRate);

  std::vector<double> naturalWeights() const;   ///< sum 1
  std::vector<double> boundaryWeights() const;  ///< sum 1
  std::vector<double> marginScale(const FrlRule& options) const;

  Json toJson() const;
  static FrlMultipliers fromJson(const Json& json);
};

/// CFA's class-wise radius (lambda + t) eps and TRADES weight (8.3); both rise with robust training accuracy.
std::vector<double> cfaRadii(const std::vector<double>& robustAccuracy, double epsilon, double lambda);
std::vector<double> cfaBetas(const std::vector<double>& robustAccuracy, double beta, double lambda);

/// WAT's exponential weights over C classes and one average expert (8.4); cumulative costs [C+1] in, [C+1]
/// out.
std::vector<double> watWeights(const std::vector<double>& cumulativeCosts, double eta);

struct FairWeights {
  std::vector<double> unclamped;  ///< sum C
  std::vector<double> clamped;
};
/// Fair-ARD's weights from the mean number of attack iterates a class survives (8.5).
FairWeights fairWeights(const std::vector<double>& survivedSteps, double power, double lowest, double highest,
                        double guard = 1e-5);

/// DAFA's weights from the mean adversarial probabilities P[i][j] of class i (8.6). Rows of absent classes
/// are empty: they get 1 and their pairs are left out. The sum is C. The floor of 0.1 is not applied here.
std::vector<double> dafaWeights(const std::vector<std::vector<double>>& similarity, double lambda);

}  // namespace medlocker::training
