// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/sampler.h"

#include <numeric>

namespace medlocker::training {

std::string_view toString(ClassBalance balance) {
  switch (balance) {
    case ClassBalance::None:
      return "none";
    case ClassBalance::Sampling:
      return "sampling";
    case ClassBalance::Weights:
      return "weights";
  }
  return "none";
}

ClassBalance parseClassBalance(std::string_view name) {
  for (const ClassBalance balance : {ClassBalance::None, ClassBalance::Sampling, ClassBalance::Weights})
    if (toString(balance) == name) return balance;
  throw Error(ErrorCode::InvalidArgument,
              "class balance is one of none, sampling, weights; not '" + std::string(name) + "'");
}

EpochSampler::EpochSampler(std::vector<int> labels, int classes, ClassBalance balance, std::uint64_t seed)
    : balance_(balance),
      stream_(RandomStream::fromSeed(seed, "training/sampler")),
      items_(static_cast<std::int64_t>(labels.size())) {
  std::vector<std::vector<std::int64_t>> byClass(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i)
    byClass.at(static_cast<std::size_t>(labels[i])).push_back(static_cast<std::int64_t>(i));
  for (auto& list : byClass)
    if (!list.empty()) itemsOfClass_.push_back(std::move(list));
  if (balance_ == ClassBalance::Sampling && !itemsOfClass_.empty()) {
    const auto present = static_cast<std::int64_t>(itemsOfClass_.size());
    drawsPerClass_ = (items_ + present - 1) / present;
    drawsPerEpoch_ = drawsPerClass_ * present;
  } else {
    drawsPerEpoch_ = items_;
  }
}

std::vector<Draw> EpochSampler::epochOrder(int epoch) const {
  std::vector<std::int64_t> items;
  items.reserve(static_cast<std::size_t>(drawsPerEpoch_));
  if (balance_ == ClassBalance::Sampling) {
    for (std::size_t c = 0; c < itemsOfClass_.size(); ++c) {
      const auto& members = itemsOfClass_[c];
      const auto size = static_cast<std::int64_t>(members.size());
      const RandomStream classStream = stream_.child("class", c);
      std::vector<std::int64_t> pass;
      std::int64_t loadedPass = -1;
      const std::int64_t begin = (epoch - 1) * drawsPerClass_;
      for (std::int64_t k = begin; k < begin + drawsPerClass_; ++k) {
        if (k / size != loadedPass) {
          loadedPass = k / size;
          pass = members;
          classStream.child("pass", static_cast<std::uint64_t>(loadedPass)).shuffle(pass);
        }
        items.push_back(pass[static_cast<std::size_t>(k % size)]);
      }
    }
  } else {
    items.resize(static_cast<std::size_t>(items_));
    std::iota(items.begin(), items.end(), std::int64_t{0});
  }
  stream_.child("epoch", static_cast<std::uint64_t>(epoch)).shuffle(items);

  std::vector<std::int64_t> seen(static_cast<std::size_t>(items_), 0);
  std::vector<Draw> order;
  order.reserve(items.size());
  for (const std::int64_t item : items) order.push_back({item, seen[static_cast<std::size_t>(item)]++});
  return order;
}

std::vector<double> balancedClassWeights(const std::vector<int>& labels, int classes) {
  std::vector<double> counts(static_cast<std::size_t>(classes), 0.0);
  for (const int label : labels) counts.at(static_cast<std::size_t>(label)) += 1;
  double present = 0;
  for (const double count : counts) present += count > 0 ? 1 : 0;
  std::vector<double> weights(counts.size(), 0.0);
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (counts[c] > 0) weights[c] = static_cast<double>(labels.size()) / (present * counts[c]);
  return weights;
}

}  // namespace medlocker::training
