// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/model_worker.h"

#include "core/models/foreign_worker.h"

namespace medlocker::pipelines {

std::optional<int> runModelWorkerIfAsked(int argc, char** argv) {
  return models::runForeignWorkerIfAsked(argc, argv);
}

}  // namespace medlocker::pipelines
