// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/certificate/owner_keys.h"
#include "core/common/device.h"
#include "core/data/manifest.h"
#include "core/models/classifier.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/output_plan.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/protect_dataset.h"
#include "core/protect/logo.h"

namespace medlocker::pipelines {

/// Everything a protection run reads, opened and checked before anything is written.
struct ProtectionInputs {
  DeviceInfo device;
  protect::Logo logo;
  certificate::OwnerSecretKey owner;
  std::vector<models::ClassifierPtr> models;  ///< source set
  std::vector<LabelMap> labelMaps;            ///< one per model
  data::Manifest manifest;
  LesionSources lesions;
  std::vector<OutputTarget> outputs;  ///< one per sample
  std::vector<std::string> notices;   ///< for the summary
};

/// Throws Error where the run must not begin (spec 14).
ProtectionInputs openProtectionInputs(const ProtectDatasetOptions& options, const RunContext& context);

/// What must not change between a run and its resumption: everything that decides the bytes.
Json protectionIdentity(const ProtectDatasetOptions& options, const ProtectionInputs& inputs);

}  // namespace medlocker::pipelines
