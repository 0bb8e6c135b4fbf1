// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json_fields.h"
#include "core/common/run_context.h"
#include "core/data/preprocess.h"
#include "core/training/history.h"
#include "core/training/label_mapping.h"
#include "core/training/trainer_options.h"

namespace medlocker::pipelines {

/// Input normalisation stored in the model.
enum class Normalisation {
  Dataset,   ///< mean and deviation of the training images
  ImageNet,  ///< the constants torchvision's weights were trained with
  None,      ///< the network sees [0,1]
};
std::string_view toString(Normalisation normalisation);
/// Names: dataset, imagenet, none. Throws Error(InvalidArgument).
Normalisation parseNormalisation(std::string_view name);

/// Everything `medlocker train` takes. Every field is one flag of the same name.
struct TrainOptions {
  std::filesystem::path dataset;
  std::filesystem::path out;  ///< run folder; created
  std::string layout;         ///< empty: recognise
  bool resume = false;        ///< continue the run in `out`; its options and data must be the same
  bool dryRun = false;        ///< only look at the data: counts and splits, nothing is written

  std::string name;  ///< display name of the model; empty: the name of `out`
  std::string arch = "resnet18";
  std::filesystem::path init;  ///< start from this model's weights; layers of another shape start anew
  std::filesystem::path
      teacher;  ///< robust teacher of the distillation methods: a run folder or .safetensors
  std::filesystem::path cleanTeacher;  ///< naturally trained teacher of the methods with two
  /// Train a teacher that is missing, with as many epochs: at its path, or in the run folder where none is
  /// given.
  bool trainTeachers = false;
  std::string teacherArch;  ///< of teachers trained here; empty: `arch`
  int inputSize = 0;        ///< 0: the architecture's default
  data::PreprocessProfile profile = data::PreprocessProfile::Squash;
  Normalisation normalisation = Normalisation::Dataset;  ///< with `init` that model's own is kept

  training::LabelMapping labels = training::LabelMapping::All;
  double validationFraction = 0.2;  ///< used where the dataset has no validation part of its own
  double testFraction = 0;          ///< used where it has no labelled test part

  training::TrainerOptions trainer;
  /// Images of the test part (else the validation part) on which an AW-Net's router is attacked after
  /// training; 0 = all, -1 = none.
  int routerImages = 200;
  /// Attacks of the audit with which the run ends: names or quick | standard | thorough; empty: no audit. It
  /// takes the test part, else the validation part, and lies in the run folder's audit/.
  std::string audit;
  double cacheScale = 1.125;  ///< side of cached training images over the input size: detail for zooming in
  std::uint64_t cacheMiB = 1024;  ///< decoded images beyond this go to a file in the run folder

  DeviceChoice device = DeviceChoice::Auto;
  int threads = 0;  ///< compute threads; 0 = number of cores. Another number rounds differently
  int loaderThreads =
      0;  ///< threads that prepare batches; 0 = number of cores, at most 8. Never changes results

  std::vector<OptionIssue> validate() const;
  /// As stored in run.json; reading is strict (Error(InvalidArgument) names the field), absent fields keep
  /// their default.
  Json toJson() const;
  static TrainOptions fromJson(const Json& json);
};

struct PartCounts {
  std::int64_t train = 0;
  std::int64_t validation = 0;
  std::int64_t test = 0;
};

struct TrainSummary {
  Outcome outcome = Outcome::Completed;
  TrainOptions options;
  std::string device;
  std::string modelFile;  ///< model.safetensors once it is written
  std::string modelSha256;
  std::vector<std::string> classes;
  int inputSize = 0;

  // samples = train + validation + test + unlabelled + ungradable + unreadable
  std::int64_t samples = 0;
  PartCounts used;
  std::int64_t unlabelled = 0;
  std::int64_t ungradable = 0;
  std::int64_t unreadable = 0;
  std::vector<PartCounts> perClass;
  std::string datasetFingerprint;

  std::vector<training::EpochRecord> history;
  int selectedEpoch = 0;
  bool stoppedEarly = false;
  std::int64_t skippedSteps = 0;
  int resumedAtEpoch = 0;
  std::optional<training::EvaluationResult> validation;  ///< of the selected epoch
  std::optional<training::EvaluationResult>
      robustValidation;                            ///< the same under attack, where it was measured
  std::optional<training::EvaluationResult> test;  ///< of the written model, float32
  int referableFrom = -1;

  int processes = 1;               ///< that trained together
  Json audit;                      ///< summary of the audit; null without
  std::string auditText;           ///< the same for people
  Json router;                     ///< of an AW-Net: attacks that know its router; else null
  std::string routerText;          ///< the same for people
  Json teachers = Json::object();  ///< "robust" and "clean": name, arch, sha256

  std::vector<ItemIssue> issues;
  std::vector<std::string> notices;
  double decodeSeconds = 0;
  double trainSeconds = 0;  ///< training parts of the epochs of this call
  double totalSeconds = 0;

  bool hasItemIssues() const;  ///< some image could not be used
  std::string briefReport() const;
  Json toJson() const;
};

/// Trains a classifier. Writes to `options.out`: model.safetensors + model.json, checkpoint/, history.csv,
/// history.json, run.json. A stop leaves a run that `resume` continues with the same bytes. Selection uses
/// the validation part alone; the test part is looked at once, with the finished model. `observer` is called
/// after every epoch on the calling thread. Throws Error for options, data or a folder that cannot be used.
TrainSummary trainModel(const TrainOptions& options, const RunContext& context = {},
                        const std::function<void(const training::EpochRecord&)>& observer = {});

}  // namespace medlocker::pipelines
