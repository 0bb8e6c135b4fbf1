// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/common/json.h"

namespace medlocker::training {

/// Sums of the epoch in progress.
struct EpochSums {
  double loss = 0;
  std::int64_t lossSamples = 0;
  std::int64_t correct = 0;
  std::int64_t seen = 0;
  std::int64_t skipped = 0;
  double learningRate = 0;
  double trainSeconds = 0;  // timings: not part of what is repeated
  double idleSeconds = 0;
  double otherSeconds = 0;

  Json toJson() const {
    return {{"loss", loss},
            {"loss_samples", lossSamples},
            {"correct", correct},
            {"seen", seen},
            {"skipped", skipped},
            {"learning_rate", learningRate},
            {"train_seconds", trainSeconds},
            {"idle_seconds", idleSeconds},
            {"other_seconds", otherSeconds}};
  }
  static EpochSums fromJson(const Json& json) {
    EpochSums sums;
    sums.loss = json.at("loss").get<double>();
    sums.lossSamples = json.at("loss_samples").get<std::int64_t>();
    sums.correct = json.at("correct").get<std::int64_t>();
    sums.seen = json.at("seen").get<std::int64_t>();
    sums.skipped = json.at("skipped").get<std::int64_t>();
    sums.learningRate = json.at("learning_rate").get<double>();
    sums.trainSeconds = json.at("train_seconds").get<double>();
    sums.idleSeconds = json.at("idle_seconds").get<double>();
    sums.otherSeconds = json.at("other_seconds").get<double>();
    return sums;
  }
};

}  // namespace medlocker::training
