// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/list_architectures.h"

#include "core/models/network.h"

namespace medlocker::pipelines {

std::vector<ArchitectureSummary> listArchitectures() {
  std::vector<ArchitectureSummary> list;
  for (const models::ArchitectureInfo& info : models::architectures())
    list.push_back({info.name, info.description, info.defaultInputSize, info.minInputSize});
  return list;
}

}  // namespace medlocker::pipelines
