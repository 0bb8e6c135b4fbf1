// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/common/device.h"
#include "core/common/json.h"
#include "core/common/run_context.h"
#include "core/models/classifier.h"
#include "core/training/trainer.h"

namespace medlocker::pipelines {

struct RouterReport {
  Json json;         ///< what aw_net.json holds
  std::string text;  ///< for people
};

/// The attacks that know an AW-Net's router, on the finished model in `run`; they are part of what is
/// reported of such a network. At most `images` of the part, spread evenly; 0 = all. Writes aw_net.json into
/// the run folder. `sources` are static networks from which attacks are transferred. Empty for other
/// networks; `stopped` tells whether a stop was requested.
std::optional<RouterReport> reportRouter(const std::filesystem::path& run,
                                         const training::LabelledItems& part, const std::string& partName,
                                         int images, int batchSize, DeviceKind device, std::uint64_t seed,
                                         const std::vector<models::ClassifierPtr>& sources,
                                         const RunContext& context, bool& stopped);

}  // namespace medlocker::pipelines
