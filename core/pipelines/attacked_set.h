// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/attacks/attack.h"
#include "core/attacks/target.h"
#include "core/data/manifest.h"
#include "core/models/classifier.h"

namespace medlocker::pipelines {

/// Which samples of a dataset one model is attacked on, with its labels. Indices are those of the manifest.
struct AttackedSet {
  std::vector<std::int64_t> samples;
  std::vector<int> labels;  ///< of the model's classes

  std::size_t size() const { return samples.size(); }
};

/// Samples that have a label of the model, are of `split` ("", train, val, test), and are among the first
/// `perClass` (0: all) of their class, and are named in `only` (empty: all). What is left out for want of a
/// usable label is added to `issues`. Throws Error(InputRejected) where nothing is left or the classes do not
/// fit the model.
AttackedSet chooseSamples(const data::Manifest& manifest, const models::ModelInfo& model,
                          const std::string& split, int perClass, std::vector<ItemIssue>& issues,
                          const std::vector<std::string>& only = {});

/// Batch for which one forward and backward pass stays well below a second on two cores.
int comfortableBatch(int inputSize, DeviceKind device);

/// Samples [begin,end) of the set as the model sees them. Images that cannot be read are left out and named
/// in `unreadable`.
attacks::AttackBatch loadBatch(const data::Manifest& manifest, const AttackedSet& set, std::size_t begin,
                               std::size_t end, const models::Classifier& model,
                               std::vector<ItemIssue>& unreadable);

/// int64 [n] tensor as ints, and back.
std::vector<int> toInts(const at::Tensor& values);
at::Tensor toRows(const std::vector<std::int64_t>& rows, const at::Tensor& like);

}  // namespace medlocker::pipelines
