// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/state/class_statistics.h"

#include <algorithm>

namespace medlocker::training {

void ClassSums::add(std::span<const double> values, std::span<const std::int64_t> labels) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto c = static_cast<std::size_t>(labels[i]);
    sums_.at(c) += values[i];
    ++counts_[c];
  }
}

void ClassSums::clear() {
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(counts_.begin(), counts_.end(), 0);
}

ClassValues ClassSums::means() const {
  ClassValues means(sums_.size());
  for (std::size_t c = 0; c < sums_.size(); ++c)
    if (counts_[c] > 0) means[c] = sums_[c] / static_cast<double>(counts_[c]);
  return means;
}

std::optional<double> ClassSums::overallMean() const {
  double sum = 0;
  std::int64_t count = 0;
  for (std::size_t c = 0; c < sums_.size(); ++c) {
    sum += sums_[c];
    count += counts_[c];
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

Json ClassSums::toJson() const {
  return {{"sums", sums_}, {"counts", counts_}};
}

ClassSums ClassSums::fromJson(const Json& json) {
  ClassSums result;
  result.sums_ = json.at("sums").get<std::vector<double>>();
  result.counts_ = json.at("counts").get<std::vector<std::int64_t>>();
  return result;
}

std::vector<double> filled(const ClassValues& values, double absent) {
  std::vector<double> result;
  for (const auto& value : values) result.push_back(value.value_or(absent));
  return result;
}

}  // namespace medlocker::training
