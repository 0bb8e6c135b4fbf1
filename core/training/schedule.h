// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/common/json_fields.h"

namespace medlocker::training {

enum class ScheduleKind {
  Constant,
  Cosine,  ///< half a cosine from the base rate to `finalFraction` of it, per step (Loshchilov and Hutter
           ///< 2017)
  Step,    ///< multiplied by `gamma` after each milestone epoch, cumulatively
};

std::string_view toString(ScheduleKind kind);
/// Names: constant, cosine, step. Throws Error(InvalidArgument).
ScheduleKind parseScheduleKind(std::string_view name);

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::Cosine;
  double warmupEpochs = 1;      ///< linear from 0; keeps the first steps of Adam and of batch norm gentle
  double finalFraction = 0.01;  ///< cosine: where it ends, as a fraction of the base rate
  std::vector<int>
      milestones;      ///< step: a milestone m takes effect after epoch m completes; epochs count from 1
  double gamma = 0.1;  ///< step: factor at each milestone

  std::vector<OptionIssue> validate() const;
};

/// Factor on the base rate. A pure function of the position, so there is nothing to save: `epoch` counts from
/// 1, `step` from 0 within it.
double scheduleFactor(const ScheduleOptions& options, int epoch, std::int64_t step,
                      std::int64_t stepsPerEpoch, int epochs);

/// Milestones of a preset stretched to another run length: round(m·epochs/presetEpochs) (robust training
/// specification, section 10).
std::vector<int> scaledMilestones(const std::vector<int>& milestones, int presetEpochs, int epochs);
/// One epoch number of a preset carried over in the same way; may become 0.
int scaledEpoch(int epoch, int presetEpochs, int epochs);

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, ScheduleOptions>
void describe(Visitor& visit, Self& options) {
  visit("kind", options.kind);
  visit("warmup_epochs", options.warmupEpochs);
  visit("final_fraction", options.finalFraction);
  visit("milestones", options.milestones);
  visit("gamma", options.gamma);
}

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::ScheduleKind> {
  static std::string_view text(training::ScheduleKind value) { return training::toString(value); }
  static training::ScheduleKind parse(std::string_view name) { return training::parseScheduleKind(name); }
};
