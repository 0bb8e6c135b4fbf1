// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/common/json_fields.h"

namespace medlocker::training {

class TrainingMethod;

/// Plain training on clean images with cross-entropy.
struct StandardOptions {
  static constexpr const char* kName = "standard";
  static constexpr const char* kDescription = "cross-entropy on clean images";

  double labelSmoothing = 0.05;  ///< grades of neighbouring classes are noisy; a little smoothing calibrates
  double auxiliaryWeight = 0.4;  ///< Inception-v3's auxiliary head (Szegedy et al. 2016)

  std::vector<OptionIssue> validate() const;
  std::unique_ptr<TrainingMethod> make() const;
};

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, StandardOptions>
void describe(Visitor& visit, Self& options) {
  visit("label_smoothing", options.labelSmoothing);
  visit("auxiliary_weight", options.auxiliaryWeight);
}

}  // namespace medlocker::training
