// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/data/preprocess.h"
#include "core/pipelines/train_model.h"

namespace medlocker::pipelines {

/// Everything `medlocker import` takes.
struct ImportOptions {
  std::filesystem::path file;        ///< .pth, .pt or .safetensors
  std::filesystem::path out;         ///< folder of the native model; created, must be empty
  std::string arch;                  ///< architecture the weights belong to
  std::vector<std::string> classes;  ///< class names in label order, at least two
  std::string head = "softmax";      ///< softmax, ordinal or regression
  std::string name;                  ///< display name; empty: the file's name
  int inputSize = 0;                 ///< side of the input; 0: the architecture's default
  data::PreprocessProfile profile = data::PreprocessProfile::Squash;
  /// What the images were normalised with in training: ImageNet's constants are torchvision's habit.
  Normalisation normalisation = Normalisation::ImageNet;
  std::optional<std::array<float, 3>> mean;  ///< with `stddev` instead of `normalisation`; for [0,1] images
  std::optional<std::array<float, 3>> stddev;
  int referableFrom = 2;  ///< lowest class that counts as referable; with two classes 1 is used

  std::vector<OptionIssue> validate() const;
};

struct ImportSummary {
  std::filesystem::path model;  ///< the written weights file
  std::string sha256;           ///< of it
  std::string sourceFormat;     ///< "torch-zip", "torch-legacy" or "safetensors"
  std::string sourceSha256;
  std::string arch;
  std::vector<std::string> classes;
  int inputSize = 0;
  std::int64_t parameters = 0;

  std::string briefReport() const;
  Json toJson() const;
};

/// Classes named "0" … "K-1". Throws Error(InvalidArgument) for an odd count.
std::vector<std::string> numberedClasses(int count);

/// Converts foreign weights into a native model (model.safetensors, model.json, run.json in `out`). The file
/// is read by a parser that executes nothing. Names and shapes must fit the architecture exactly; only
/// num_batches_tracked may be missing. Throws Error that names the file and what does not fit.
ImportSummary importModel(const ImportOptions& options);

}  // namespace medlocker::pipelines
