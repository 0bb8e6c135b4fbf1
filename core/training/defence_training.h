// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"
#include "core/models/classifier.h"
#include "core/models/network.h"
#include "core/training/sample_cache.h"

namespace medlocker::attacks {
enum class LearnedDefenceKind;
}

namespace medlocker::training {

/// Training of HGD, ComDefend and NRP (attack specification, 9). Defaults are small: minutes, not days.
struct DefenceTrainingOptions {
  attacks::LearnedDefenceKind kind{};
  int epochs = 5;
  int batchSize = 16;
  double learningRate = 1e-3;  ///< of Adam
  double clipNorm = 5;
  double epsilon = 8.0 / 255;  ///< budget of the adversarial images that HGD and NRP learn from
  int attackSteps = 4;         ///< of the attack that makes them
  std::uint64_t seed = 0;

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

struct DefenceEpoch {
  int epoch = 0;    ///< from 1
  double loss = 0;  ///< mean over steps
  double seconds = 0;
};

struct DefenceTrainingResult {
  Outcome outcome = Outcome::Completed;
  std::shared_ptr<models::Network> network;  ///< weights after the last complete epoch
  std::vector<DefenceEpoch> history;
};

/// Trains on the given items of the cache, whose side is the defence's. HGD and NRP need a classifier of that
/// input size: HGD brings the logits of D(x') back to those of x, NRP the pixels and the classifier's answer;
/// its adversarial images move that answer as far as possible, without labels. ComDefend sees clean images
/// only. A checkpoint in `folder`/checkpoint after every epoch; with `resume` it is continued to the same
/// bytes on the CPU (same number of compute threads). Throws Error(InvalidArgument) where a classifier is
/// missing or does not fit, or the checkpoint belongs to other options.
DefenceTrainingResult trainDefence(const DefenceTrainingOptions& options,
                                   const std::shared_ptr<const SampleCache>& cache,
                                   const std::vector<std::int64_t>& items,
                                   const models::ClassifierPtr& classifier, const Json& identity,
                                   const std::filesystem::path& folder, bool resume,
                                   const RunContext& context);

}  // namespace medlocker::training
