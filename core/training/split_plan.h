// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/manifest.h"
#include "core/training/label_mapping.h"

namespace medlocker::training {

struct SplitOptions {
  LabelMapping labels = LabelMapping::All;
  double validationFraction = 0.2;  ///< of the labelled samples, where the layout has no validation part
  double testFraction = 0;          ///< of the labelled samples, where the layout has no labelled test part
  std::uint64_t seed = 0;
};

/// One part of a dataset as training sees it.
struct SplitPart {
  std::vector<data::Sample> samples;
  std::vector<int> labels;  ///< after the mapping, one per sample
};

/// Every sample of the manifest is in exactly one part or counted as left out.
struct SplitPlan {
  std::vector<std::string> classes;  ///< after the mapping
  SplitPart train;
  SplitPart validation;
  SplitPart test;
  std::int64_t unlabelled = 0;
  std::int64_t ungradable = 0;
  bool validationFromLayout = false;
  bool testFromLayout = false;
  std::vector<std::string> notices;
};

/// Applies the label mapping, keeps the layout's own labelled parts and carves the missing ones out of the
/// training part by patient group (`data::assignSplits`), never out of the test part. Deterministic in the
/// seed. Throws Error(InputRejected) where nothing can be learnt: no labels, fewer than two classes in the
/// training part.
SplitPlan planSplits(const data::Manifest& manifest, const SplitOptions& options);

}  // namespace medlocker::training
