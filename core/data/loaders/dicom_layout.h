// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/data/loaders/dataset_tree.h"
#include "core/data/manifest.h"

namespace medlocker::data {

/// See dicom/frame_sample.h for the samples of multi-frame files.
std::optional<Manifest> openDicom(const DatasetTree& tree);

}  // namespace medlocker::data
