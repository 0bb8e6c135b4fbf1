// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/manifest.h"
#include "core/models/classifier.h"

namespace medlocker::pipelines {

/// The labelled images of a dataset that models are attacked or certified on.
struct EvaluationSet {
  data::Manifest manifest;
  std::vector<std::size_t> samples;  ///< positions in the manifest, rising
  std::vector<int> labels;           ///< as the models know them, one per sample
  std::vector<std::string> classes;  ///< the models' class names
  std::string part;                  ///< all, train, val or test
};

/// `part`: all, train, val, test, or auto (the test part where it has labels, else all). `limit`: at most so
/// many images, drawn with `seed`; 0 = no limit. All models must see the labels alike and have one
/// preprocessing profile. Throws Error(InvalidArgument/InputRejected).
EvaluationSet openEvaluationSet(const std::filesystem::path& dataset, const std::string& layout,
                                const std::string& part, int limit, std::uint64_t seed,
                                const std::vector<models::ClassifierPtr>& models);

/// One image as models see it: 1×3×side×side float32 on the CPU.
at::Tensor loadInput(const data::Sample& sample, data::PreprocessProfile profile, int side);

}  // namespace medlocker::pipelines
