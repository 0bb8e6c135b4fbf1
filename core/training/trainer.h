// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/run_context.h"
#include "core/models/network.h"
#include "core/training/history.h"
#include "core/training/process_group.h"
#include "core/training/sample_cache.h"
#include "core/training/trainer_options.h"

namespace medlocker::training {

struct LabelledItems {
  std::shared_ptr<const SampleCache> cache;
  std::vector<std::int64_t> items;  ///< positions in the cache
  std::vector<int> labels;          ///< one per item
};

struct TrainerSetup {
  LabelledItems train;
  LabelledItems validation;  ///< no items: the last epoch's model is kept
  std::shared_ptr<models::Network> network;
  models::ModelInfo info;
  models::ClassifierPtr teacher;       ///< robust teacher, for the methods that have one
  models::ClassifierPtr cleanTeacher;  ///< naturally trained teacher
  DeviceKind device = DeviceKind::Cpu;
  int loaderThreads = 2;
  std::filesystem::path runFolder;  ///< history here, state in checkpoint/
  Json identity;                    ///< must be equal for a checkpoint to be continued
  bool resume = false;
  /// The processes that train together; null: this one alone. All give the same options, data and run folder;
  /// the first one writes. Validation is repeated by each.
  std::shared_ptr<const ProcessGroup> group;
};

struct TrainerResult {
  Outcome outcome = Outcome::Completed;
  std::vector<EpochRecord> history;
  int selectedEpoch = 0;   ///< 0: none yet
  int resumedAtEpoch = 0;  ///< 0: from the beginning
  std::int64_t skippedSteps = 0;
  bool stoppedEarly = false;
};

/// Called after every epoch, on the run's thread.
using EpochObserver = std::function<void(const EpochRecord&)>;

/// The one training loop (robust training specification, 4). Per epoch: steps, validation, selection, the
/// method's own update, checkpoint. Afterwards `setup.network` holds the selected weights on the CPU or
/// device it was given on. All randomness is keyed by (seed, epoch, step or item), so a resumed run continues
/// with the same bytes on the CPU, also from the middle of an epoch. A cancelled run is checkpointed where it
/// stands.
///
/// Determinism: with the same number of compute threads. Convolution weight gradients are summed in parts,
/// one per thread, so another thread count rounds differently.
///
/// Throws Error(InvalidArgument) where a checkpoint belongs to a run with other options, Error(InputRejected)
/// where training diverges (ten steps in a row that are not finite).
TrainerResult runTraining(const TrainerOptions& options, const TrainerSetup& setup, const RunContext& context,
                          const EpochObserver& observer = {});

}  // namespace medlocker::training
