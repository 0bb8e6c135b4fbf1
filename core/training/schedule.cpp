// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace medlocker::training {

std::string_view toString(ScheduleKind kind) {
  switch (kind) {
    case ScheduleKind::Constant:
      return "constant";
    case ScheduleKind::Cosine:
      return "cosine";
    case ScheduleKind::Step:
      return "step";
  }
  return "constant";
}

ScheduleKind parseScheduleKind(std::string_view name) {
  for (const ScheduleKind kind : {ScheduleKind::Constant, ScheduleKind::Cosine, ScheduleKind::Step})
    if (toString(kind) == name) return kind;
  throw Error(ErrorCode::InvalidArgument,
              "the schedule is one of constant, cosine, step; not '" + std::string(name) + "'");
}

std::vector<OptionIssue> ScheduleOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (!(warmupEpochs >= 0 && std::isfinite(warmupEpochs)))
    issues.push_back({"schedule.warmup_epochs", "must be 0 or more"});
  if (!(finalFraction >= 0 && finalFraction <= 1))
    issues.push_back({"schedule.final_fraction", "must lie in 0..1"});
  if (!(gamma > 0 && gamma <= 1)) issues.push_back({"schedule.gamma", "must lie in (0, 1]"});
  if (!std::is_sorted(milestones.begin(), milestones.end()) ||
      (!milestones.empty() && milestones.front() < 1))
    issues.push_back({"schedule.milestones", "must be ascending epochs from 1"});
  if (kind == ScheduleKind::Step && milestones.empty())
    issues.push_back({"schedule.milestones", "the step schedule needs at least one"});
  return issues;
}

double scheduleFactor(const ScheduleOptions& options, int epoch, std::int64_t step,
                      std::int64_t stepsPerEpoch, int epochs) {
  const double done =
      static_cast<double>(epoch - 1) +
      static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, stepsPerEpoch));
  double factor = 1;
  switch (options.kind) {
    case ScheduleKind::Constant:
      break;
    case ScheduleKind::Cosine: {
      const double begin = std::min(options.warmupEpochs, static_cast<double>(epochs));
      const double length = static_cast<double>(epochs) - begin;
      const double position = length > 0 ? std::clamp((done - begin) / length, 0.0, 1.0) : 0.0;
      factor = options.finalFraction +
               (1 - options.finalFraction) * 0.5 * (1 + std::cos(std::numbers::pi * position));
      break;
    }
    case ScheduleKind::Step:
      for (const int milestone : options.milestones)
        if (epoch > milestone) factor *= options.gamma;
      break;
  }
  if (options.warmupEpochs > 0 && done < options.warmupEpochs) {
    // The first step must move too: count it as done.
    const double oneStep = 1.0 / static_cast<double>(std::max<std::int64_t>(1, stepsPerEpoch));
    factor *= std::min(1.0, (done + oneStep) / options.warmupEpochs);
  }
  return factor;
}

std::vector<int> scaledMilestones(const std::vector<int>& milestones, int presetEpochs, int epochs) {
  std::vector<int> scaled;
  for (const int milestone : milestones)
    scaled.push_back(std::max(1, scaledEpoch(milestone, presetEpochs, epochs)));
  return scaled;
}

int scaledEpoch(int epoch, int presetEpochs, int epochs) {
  return static_cast<int>(std::lround(static_cast<double>(epoch) * epochs / std::max(1, presetEpochs)));
}

}  // namespace medlocker::training
