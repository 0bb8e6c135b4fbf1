// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/state/teacher_balance.h"

#include <algorithm>
#include <cmath>

namespace medlocker::training {
namespace {

constexpr double kLeastReference = 1e-8;

Json optionalNumber(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}
std::optional<double> optionalNumber(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<double>();
}

}  // namespace

LossBalance LossBalance::after(double adversarialLoss, double cleanLoss, double rate, double power) const {
  LossBalance next = *this;
  if (!next.adversarialReference) next.adversarialReference = std::max(adversarialLoss, kLeastReference);
  if (!next.cleanReference) next.cleanReference = std::max(cleanLoss, kLeastReference);
  const double adversarial = std::pow(adversarialLoss / *next.adversarialReference, power);
  const double clean = std::pow(cleanLoss / *next.cleanReference, power);
  const double sum = adversarial + clean;
  if (!(sum > 0)) return next;
  const double a = std::max(0.0, adversarialWeight - rate * (adversarialWeight - adversarial / sum));
  const double n = std::max(0.0, cleanWeight - rate * (cleanWeight - clean / sum));
  next.adversarialWeight = a / (a + n);
  next.cleanWeight = n / (a + n);
  return next;
}

Json LossBalance::toJson() const {
  return {{"adversarial_weight", adversarialWeight},
          {"clean_weight", cleanWeight},
          {"adversarial_reference", optionalNumber(adversarialReference)},
          {"clean_reference", optionalNumber(cleanReference)}};
}

LossBalance LossBalance::fromJson(const Json& json) {
  LossBalance balance;
  balance.adversarialWeight = json.at("adversarial_weight").get<double>();
  balance.cleanWeight = json.at("clean_weight").get<double>();
  balance.adversarialReference = optionalNumber(json.at("adversarial_reference"));
  balance.cleanReference = optionalNumber(json.at("clean_reference"));
  return balance;
}

TeacherTemperatures TeacherTemperatures::after(double adversarialEntropy, double cleanEntropy, double rate,
                                               double lowest, double highest) const {
  // The sign of a difference, never of a quotient: entropies of 0 are harmless.
  const double difference = adversarialEntropy - cleanEntropy;
  const double direction = difference > 0 ? 1 : difference < 0 ? -1 : 0;
  return {std::clamp(adversarial - rate * direction, lowest, highest),
          std::clamp(clean + rate * direction, lowest, highest)};
}

Json TeacherTemperatures::toJson() const {
  return {{"adversarial", adversarial}, {"clean", clean}};
}

TeacherTemperatures TeacherTemperatures::fromJson(const Json& json) {
  return {json.at("adversarial").get<double>(), json.at("clean").get<double>()};
}

}  // namespace medlocker::training
