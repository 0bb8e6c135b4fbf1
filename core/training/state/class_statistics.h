// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/common/json.h"

namespace medlocker::training {

/// One value per class; empty where the class had no sample.
using ClassValues = std::vector<std::optional<double>>;

/// Per-class sums and counts in float64. Class statistics are always means over a class's own count: with
/// unbalanced classes anything else is wrong (robust training specification, 10). Not thread-safe.
class ClassSums {
 public:
  explicit ClassSums(int classes = 0)
      : sums_(static_cast<std::size_t>(classes)), counts_(static_cast<std::size_t>(classes)) {}

  void add(std::span<const double> values, std::span<const std::int64_t> labels);
  void clear();

  ClassValues means() const;
  /// Mean over all samples; empty without any.
  std::optional<double> overallMean() const;
  const std::vector<double>& sums() const { return sums_; }
  const std::vector<std::int64_t>& counts() const { return counts_; }

  Json toJson() const;
  static ClassSums fromJson(const Json& json);

 private:
  std::vector<double> sums_;
  std::vector<std::int64_t> counts_;
};

/// Means with absent classes set to a value of the caller.
std::vector<double> filled(const ClassValues& values, double absent);

}  // namespace medlocker::training
