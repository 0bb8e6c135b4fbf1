// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/models/classifier.h"
#include "core/segmentation/protected_regions.h"

namespace medlocker::segmentation {

/// Default threshold on the map's 0..255; 110..190 is sensible, higher leaves more room for a logo.
inline constexpr int kSaliencyThreshold = 150;

/// Saliency fallback (spec 2): gradient-weighted class-activation map (Selvaraju et al. 2017,
/// arXiv:1610.02391, equations 1 and 2) of the last convolution for the predicted grade, over the analysis
/// frame, smallest value 0, largest 255; 0 outside. Row-major, size of the photograph. It shows what the
/// model looks at, not where lesions are. Empty where the classifier does not tell its convolutions, or its
/// map is flat. Thread-safe.
std::optional<std::vector<std::uint8_t>> saliencyMap(const models::Classifier& classifier,
                                                     const data::FloatImage& view,
                                                     const data::FieldOfView& fieldOfView);

/// Regions where the map exceeds `threshold` (0..254), with source Saliency and a note that says what they
/// are; without a map no boxes, source None and NO_BOXES.
ProtectedRegions regionsFromSaliency(const models::Classifier& classifier, const data::FloatImage& view,
                                     const data::FieldOfView& fieldOfView,
                                     int threshold = kSaliencyThreshold);

}  // namespace medlocker::segmentation
