// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/training/methods/adversarial_method.h"
#include "core/training/methods/fair_variant.h"

namespace medlocker::training {

/// How many of the iterates x'_0 … x'_{K-1} each sample of a batch is classified correctly at.
struct Survival {
  explicit Survival(const at::Tensor& batchLabels) : labels(batchLabels) {}
  at::Tensor labels;  ///< int64 [B]
  at::Tensor steps;   ///< float32 [B]; undefined before the first iterate
};

/// A distillation method that can also be its class-reweighted relative (robust training specification, 8.5):
/// every sample's loss is multiplied by its class's weight, which follows the survival of the previous epoch.
/// The first epoch uses 1. Without FairOptions nothing is watched and nothing is weighted.
class FairMethod : public AdversarialMethod {
 public:
  explicit FairMethod(const FairOptions* fair) {
    if (fair) fair_ = *fair;
  }
  void begin(const MethodSetup& setup) override;

 protected:
  /// Attack extras that record survival; `survival` must outlive the attack.
  AttackExtras watching(Survival& survival) const;
  /// [B], or undefined for the plain method.
  at::Tensor sampleWeights(const at::Tensor& labels) const;
  void count(const Survival& survival);

  bool updateEpoch(Student& student, EpochRecord& record) override;
  Json state() const override;
  void setState(const Json& json) override;

 private:
  std::optional<FairOptions> fair_;
  std::vector<double> weights_;
  ClassSums survived_;
};

}  // namespace medlocker::training
