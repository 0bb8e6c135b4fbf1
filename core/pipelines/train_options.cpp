// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/error.h"
#include "core/pipelines/audit_models.h"
#include "core/pipelines/find_architecture.h"
#include "core/pipelines/train_model.h"

namespace medlocker {

template <>
struct EnumText<data::PreprocessProfile> {
  static std::string_view text(data::PreprocessProfile value) { return data::toString(value); }
  static data::PreprocessProfile parse(std::string_view name) { return data::parsePreprocessProfile(name); }
};
template <>
struct EnumText<DeviceChoice> {
  static std::string_view text(DeviceChoice value) {
    return value == DeviceChoice::Cpu ? "cpu" : value == DeviceChoice::Cuda ? "cuda" : "auto";
  }
  static DeviceChoice parse(std::string_view name) { return parseDeviceChoice(name); }
};
template <>
struct EnumText<pipelines::Normalisation> {
  static std::string_view text(pipelines::Normalisation value) { return pipelines::toString(value); }
  static pipelines::Normalisation parse(std::string_view name) { return pipelines::parseNormalisation(name); }
};

}  // namespace medlocker

namespace medlocker::pipelines {

/// One list of fields for JSON in both directions; the trainer's fields lie at the same level, as the flags
/// do.
template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, TrainOptions>
void describe(Visitor& visit, Self& options) {
  visit("dataset", options.dataset);
  visit("out", options.out);
  visit("layout", options.layout);
  visit("resume", options.resume);
  visit("dry_run", options.dryRun);
  visit("name", options.name);
  visit("arch", options.arch);
  visit("init", options.init);
  visit("teacher", options.teacher);
  visit("clean_teacher", options.cleanTeacher);
  visit("train_teachers", options.trainTeachers);
  visit("teacher_arch", options.teacherArch);
  visit("input_size", options.inputSize);
  visit("profile", options.profile);
  visit("normalisation", options.normalisation);
  visit("labels", options.labels);
  visit("validation_fraction", options.validationFraction);
  visit("test_fraction", options.testFraction);
  describe(visit, options.trainer);
  visit("router_images", options.routerImages);
  visit("audit", options.audit);
  visit("cache_scale", options.cacheScale);
  visit("cache_mib", options.cacheMiB);
  visit("device", options.device);
  visit("threads", options.threads);
  visit("loader_threads", options.loaderThreads);
}

std::string_view toString(Normalisation normalisation) {
  switch (normalisation) {
    case Normalisation::Dataset:
      return "dataset";
    case Normalisation::ImageNet:
      return "imagenet";
    case Normalisation::None:
      return "none";
  }
  return "dataset";
}

Normalisation parseNormalisation(std::string_view name) {
  for (const auto normalisation : {Normalisation::Dataset, Normalisation::ImageNet, Normalisation::None})
    if (toString(normalisation) == name) return normalisation;
  throw Error(ErrorCode::InvalidArgument,
              "the normalisation is one of dataset, imagenet, none; not '" + std::string(name) + "'");
}

std::vector<OptionIssue> TrainOptions::validate() const {
  std::vector<OptionIssue> issues = trainer.validate();
  if (dataset.empty()) issues.push_back({"dataset", "is missing"});
  if (out.empty() && !dryRun) issues.push_back({"out", "is missing"});
  if (const models::ArchitectureInfo* info = findArchitecture(arch)) {
    if (inputSize != 0 && (inputSize < info->minInputSize || inputSize > 1024))
      issues.push_back(
          {"input_size", "must lie in " + std::to_string(info->minInputSize) + "..1024 for " + arch});
  } else {
    std::string known;
    for (const models::ArchitectureInfo& each : models::architectures())
      known += (known.empty() ? "" : ", ") + each.name;
    issues.push_back({"arch", "is one of " + known + "; not '" + arch + "'"});
  }
  if (!teacherArch.empty() && findArchitecture(teacherArch) == nullptr)
    issues.push_back({"teacher_arch", "is no known architecture: '" + teacherArch + "'"});
  if (!(validationFraction >= 0 && validationFraction < 1))
    issues.push_back({"validation_fraction", "must lie in [0, 1)"});
  if (!(testFraction >= 0 && testFraction < 1)) issues.push_back({"test_fraction", "must lie in [0, 1)"});
  if (validationFraction + testFraction >= 1)
    issues.push_back({"test_fraction", "validation and test together must leave something to train on"});
  if (!(cacheScale >= 1 && cacheScale <= 4)) issues.push_back({"cache_scale", "must lie in 1..4"});
  if (cacheMiB > (1ULL << 30)) issues.push_back({"cache_mib", "is too large"});
  if (!audit.empty()) {
    AuditOptions trial;
    trial.dataset = dataset;
    trial.models = {out};
    trial.attacks = audit;
    trial.out = out / "audit";
    for (const OptionIssue& issue : trial.validate())
      if (issue.field == "attacks") issues.push_back({"audit", issue.message});
  }
  if (threads < 0) issues.push_back({"threads", "must be 0 or more"});
  if (loaderThreads < 0 || loaderThreads > 256) issues.push_back({"loader_threads", "must lie in 0..256"});
  return issues;
}

Json TrainOptions::toJson() const {
  return toJsonFields(*this);
}

TrainOptions TrainOptions::fromJson(const Json& json) {
  TrainOptions options;
  fromJsonFields(json, options);
  return options;
}

}  // namespace medlocker::pipelines
