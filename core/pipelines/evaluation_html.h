// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/pipelines/evaluate_dataset.h"

namespace medlocker::pipelines {

/// What the product does not promise (spec 0); in every report.
inline constexpr const char* kLimitsText =
    "Inpainting or blacking out the logo, inverting the blend with knowledge of the parameters, and training "
    "on "
    "marked images are not prevented. A protected image is not for diagnosis, and an automatic grade on it "
    "is "
    "meant to be wrong.";

/// The evaluation as one self-contained page (spec 10.7).
std::string evaluationHtml(const EvaluateDatasetOptions& options, const EvaluateDatasetSummary& summary);

}  // namespace medlocker::pipelines
