// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/common/device.h"
#include "core/common/run_context.h"
#include "core/data/image.h"

namespace medlocker::pipelines {

struct FineTuneOptions {
  int epochs = 10;
  int batch = 8;
  double learningRate = 1e-4;  ///< Adam
  std::uint64_t seed = 0;      ///< order of the images
};

/// Trains the model on marked images with labels, normalisation statistics fixed (spec 10.5, adversary T4),
/// and returns the classes it then predicts for `test`. The model's file is not touched. Empty when
/// cancelled. Throws Error as loading a model does.
std::vector<int> fineTuneAndPredict(const std::filesystem::path& model, DeviceKind device,
                                    const std::vector<data::FloatImage>& train,
                                    const std::vector<int>& labels, const std::vector<data::FloatImage>& test,
                                    const FineTuneOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
