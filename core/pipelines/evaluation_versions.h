// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/common/run_context.h"
#include "core/data/manifest.h"
#include "core/models/classifier.h"
#include "core/pipelines/evaluate_dataset.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/output_plan.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/protected_run.h"
#include "core/protect/logo.h"
#include "core/protect/protect_image.h"

namespace medlocker::pipelines {

/// The versions of an image that an evaluation compares, by index.
struct VersionList {
  static constexpr std::size_t kClean = 0;
  static constexpr std::size_t kProtected = 1;
  static constexpr std::size_t kRestored = 2;
  static constexpr std::size_t kFirstRandom = 3;
  std::size_t randoms = 0;           ///< random placements, one after the other
  std::vector<std::size_t> singles;  ///< models protected against alone, after the random ones
  std::size_t count() const { return kFirstRandom + randoms + singles.size(); }
  std::size_t single(std::size_t i) const { return kFirstRandom + randoms + i; }
};

/// Makes the versions. Refers to its arguments, which must outlive it. Not thread-safe.
class VersionMaker {
 public:
  /// `notices` gets a line about every version that cannot be made.
  VersionMaker(const EvaluateDatasetOptions& options, const ProtectedRun& run,
               const std::vector<models::ClassifierPtr>& models, const std::vector<LabelMap>& labelMaps,
               std::vector<std::string>& notices);

  const VersionList& list() const { return list_; }

  struct Made {
    std::vector<std::optional<data::Image>> images;  ///< display orientation; empty: there is none
    bool restoredIdentical = false;                  ///< the restored samples are the original's
  };
  /// `issues` says why a version does not exist.
  Made make(const data::Sample& sample, const PreparedImage& prepared, const OutputTarget& target,
            const RunContext& context, std::vector<ItemIssue>& issues) const;

 private:
  void placeRandomly(const data::Sample& sample, const PreparedImage& prepared,
                     std::vector<std::optional<data::Image>>& versions, std::vector<ItemIssue>& issues) const;
  void protectAlone(const data::Sample& sample, const PreparedImage& prepared, const RunContext& context,
                    std::vector<std::optional<data::Image>>& versions, std::vector<ItemIssue>& issues) const;

  const EvaluateDatasetOptions& options_;
  const ProtectedRun& run_;
  const std::vector<models::ClassifierPtr>& models_;
  const std::vector<LabelMap>& labelMaps_;
  VersionList list_;
  std::optional<protect::Logo> logo_;
  protect::ProtectImageOptions image_;  ///< of the run
};

}  // namespace medlocker::pipelines
