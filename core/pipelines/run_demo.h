// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct DemoOptions {
  std::filesystem::path out;
  std::string size =
      "small";  ///< small: under three minutes on two cores; full: more images, larger networks
  std::uint64_t seed = 1;
  DeviceChoice device = DeviceChoice::Auto;

  std::vector<OptionIssue> validate() const;
};

struct DemoSummary {
  Outcome outcome = Outcome::Completed;
  std::filesystem::path out;
  std::string report;  ///< what a newcomer reads
  Json results;

  std::string briefReport() const { return report; }
  Json toJson() const { return results; }
};

/// The whole tour, offline: synthetic images, two surrogates and a held-out model, protection, verification,
/// restoration, evaluation. Everything is left in `out` to look at.
DemoSummary runDemo(const DemoOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
