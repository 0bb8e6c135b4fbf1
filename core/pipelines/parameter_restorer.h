// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/pipelines/file_restorer.h"
#include "core/pipelines/owner_run.h"
#include "core/protect/logo.h"

namespace medlocker::pipelines {

/// Level R0 of spec 12.1: the owner's parameters and the logo undo the blend, without any payload. The result
/// is off by rounding (spec 3.3), and fully opaque pixels stay as they are, so it is named and flagged as
/// approximate. Thread-safe after construction.
class ParameterRestorer {
 public:
  /// `logo` empty: the one that run.json names. Throws Error(NotFound) where there is none,
  /// Error(InputRejected) where it is not the run's.
  ParameterRestorer(OwnerRun run, const std::optional<std::filesystem::path>& logo);

  /// Throws Error with a plain reason where the samples are not those of a protected image of this run, or
  /// its logo cannot be made again.
  RestoredFile restore(const std::filesystem::path& file, const std::string& name) const;

 private:
  OwnerRun run_;
  protect::Logo logo_;
  std::map<Digest, std::size_t> byPixels_;  ///< position in the parameter list
};

}  // namespace medlocker::pipelines
