// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/models/network.h"

namespace medlocker::pipelines {

/// The architecture of this name; null where there is none.
inline const models::ArchitectureInfo* findArchitecture(const std::string& name) {
  for (const models::ArchitectureInfo& info : models::architectures())
    if (info.name == name) return &info;
  return nullptr;
}

}  // namespace medlocker::pipelines
