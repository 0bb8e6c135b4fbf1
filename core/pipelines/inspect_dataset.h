// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

/// Options of one look at a dataset. A plain value, copied into the run; nothing is written to disk.
struct InspectOptions {
  std::filesystem::path dataset;               ///< folder, label file, npz or one image
  std::optional<std::filesystem::path> masks;  ///< extra folder with lesion masks
  std::string layout;                          ///< empty: recognise; else the name of one layout
  int threads = 0;         ///< decoding threads; 0: one per core. The result does not depend on it.
  bool readPixels = true;  ///< false: names and labels only; no sizes, depths, duplicates or unreadable files

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

/// Samples per part of a dataset.
struct SplitCounts {
  std::int64_t train = 0;
  std::int64_t validation = 0;
  std::int64_t test = 0;
  std::int64_t unspecified = 0;
  std::int64_t total() const { return train + validation + test + unspecified; }
};

struct ClassCounts {
  std::string name;
  SplitCounts counts;
};

struct SizeCount {
  int width = 0;
  int height = 0;
  std::int64_t images = 0;
};

struct DepthCount {
  int channels = 0;  ///< 1 or 3
  int bits = 0;      ///< significant bits per sample
  bool alpha = false;
  std::int64_t images = 0;
};

struct MaskCounts {
  std::string kind;  ///< MA HE EX SE OD FOVEA OTHER
  std::int64_t files = 0;
  std::int64_t empty = 0;     ///< without a single marked pixel
  std::int64_t unusable = 0;  ///< unreadable, or not of the image's size
};

/// Samples with one and the same pixels.
struct DuplicateGroup {
  std::vector<std::string> ids;
  bool labelsDiffer = false;
  bool splitsDiffer = false;  ///< the same photograph in training and test: results would be too good
};

struct InspectSummary {
  Outcome outcome = Outcome::Completed;
  InspectOptions options;
  std::string layout;
  std::string fingerprint;  ///< of ids, labels and files; empty when cancelled before it was made

  std::int64_t samples = 0;
  std::int64_t inspected =
      0;  ///< samples whose pixels were tried; equals `samples` unless cancelled or not asked for
  std::int64_t unreadable = 0;  ///< of these: refused, each with an issue
  std::vector<ClassCounts> classes;
  SplitCounts unlabelled;      ///< gradable samples without a label
  SplitCounts ungradable;      ///< the dataset says that they cannot be graded
  SplitCounts splits;          ///< all samples
  std::int64_t patients = 0;   ///< groups of samples that belong together
  std::int64_t ungrouped = 0;  ///< samples that name no group
  std::vector<std::string> groupsAcrossSplits;

  std::vector<SizeCount> sizes;    ///< most frequent first
  std::vector<DepthCount> depths;  ///< most frequent first
  std::map<std::string, std::int64_t> formats;
  std::vector<MaskCounts> masks;  ///< kinds that occur
  std::int64_t imagesWithMasks = 0;
  std::vector<DuplicateGroup> duplicates;

  // What was found below the root: images = samples + masks inside + refused; rows = used + repeated +
  // refused.
  std::int64_t imagesFound = 0;
  std::int64_t masksFound = 0;
  std::int64_t imagesRefused = 0;
  std::int64_t labelRows = 0;
  std::int64_t labelRowsUsed = 0;
  std::int64_t labelRowsRepeated = 0;
  std::int64_t labelRowsRefused = 0;
  std::int64_t otherFiles = 0;

  std::vector<ItemIssue> issues;  ///< failures and notes per item
  std::vector<std::string> notices;
  double seconds = 0;

  std::int64_t failedItems() const;  ///< issues that kept an item from being used
  /// True where the command ends with status 5 instead of 0.
  bool hasItemIssues() const { return failedItems() > 0; }
  /// Tables for a terminal. Long lists are cut; toJson() has all.
  std::string briefReport() const;
  /// Schema medlocker/inspect/1.
  Json toJson() const;
};

/// Recognises the layout, reads every image and mask once, and counts. Originals are only opened for reading.
/// A stop request gives Outcome::Cancelled with what was counted so far. Throws Error when nothing at
/// `dataset` can be taken for a dataset.
InspectSummary inspectDataset(const InspectOptions& options, const RunContext& context = {});

}  // namespace medlocker::pipelines
