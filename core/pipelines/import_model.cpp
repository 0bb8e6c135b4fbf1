// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/import_model.h"

#include <torch/torch.h>

#include "core/common/run_record.h"
#include "core/models/foreign_weights.h"
#include "core/models/model_file.h"
#include "core/pipelines/find_architecture.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr std::array<float, 3> kImageNetMean = {0.485F, 0.456F, 0.406F};
constexpr std::array<float, 3> kImageNetStddev = {0.229F, 0.224F, 0.225F};

models::ModelInfo describe(const ImportOptions& options) {
  models::ModelInfo info;
  info.name = options.name.empty() ? options.file.stem().string() : options.name;
  info.arch = options.arch;
  info.classes = options.classes;
  info.head = models::parseHeadType(options.head);
  info.inputSize =
      options.inputSize > 0 ? options.inputSize : findArchitecture(options.arch)->defaultInputSize;
  info.profile = options.profile;
  if (options.mean) {
    info.mean = *options.mean;
    info.stddev = *options.stddev;
  } else if (options.normalisation == Normalisation::ImageNet) {
    info.mean = kImageNetMean;
    info.stddev = kImageNetStddev;
  }
  info.referableFrom = options.classes.size() == 2 ? 1 : options.referableFrom;
  return info;
}

/// Overflow in a layer shows only when the network runs.
void requireFiniteOutput(models::Network& network, int side) {
  const torch::NoGradGuard guard;
  network.eval();
  if (!torch::isfinite(network.forward(torch::full({1, 3, side, side}, 0.5F))).all().item<bool>())
    throw Error(ErrorCode::InputRejected, "the network's output for a grey image is not a finite number");
}

}  // namespace

std::vector<std::string> numberedClasses(int count) {
  if (count < 2 || count > 10'000)
    throw Error(ErrorCode::InvalidArgument,
                "a classifier has 2 to 10000 classes, not " + std::to_string(count));
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

std::vector<OptionIssue> ImportOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (file.empty()) issues.push_back({"file", "no file was given"});
  if (out.empty()) issues.push_back({"out", "no output folder was given"});
  if (!findArchitecture(arch)) {
    std::string known;
    for (const models::ArchitectureInfo& info : models::architectures())
      known += (known.empty() ? "" : ", ") + info.name;
    issues.push_back(
        {"arch", (arch.empty() ? "no architecture was given" : "unknown architecture '" + arch + "'") +
                     "; known are " + known});
  }
  if (mean.has_value() != stddev.has_value())
    issues.push_back({"mean", "mean and standard deviation are given together"});
  if (normalisation == Normalisation::Dataset)
    issues.push_back({"normalisation", "an imported model takes imagenet, none, or a mean and a deviation"});
  try {
    models::parseHeadType(head);
  } catch (const Error& e) {
    issues.push_back({"head", e.message()});
  }
  if (issues.empty())
    for (const OptionIssue& issue : models::validate(describe(*this))) issues.push_back(issue);
  return issues;
}

ImportSummary importModel(const ImportOptions& options) {
  throwIfInvalid(options.validate());
  std::error_code ignored;
  if (fs::exists(options.out, ignored) && (!fs::is_directory(options.out) || !fs::is_empty(options.out)))
    throw Error(ErrorCode::InputRejected, "the output folder is not empty; choose another",
                options.out.string());
  models::ModelInfo info = describe(options);
  const auto network = models::makeNetwork(
      options.arch, {.outputs = info.outputs(), .inputSize = info.inputSize, .initialise = false});
  const models::ForeignWeights weights = models::readForeignWeights(options.file);
  try {
    models::loadForeignWeights(*network, weights.tensors);
    network->setNormalisation(info.mean, info.stddev);
    requireFiniteOutput(*network, info.inputSize);
  } catch (const Error& e) {
    throw e.withContext(options.file.string());
  }
  ImportSummary summary;
  summary.sourceFormat = weights.format;
  summary.sourceSha256 = toHex(weights.sha256);
  info.training = {{"imported",
                    {{"file", options.file.filename().string()},
                     {"format", summary.sourceFormat},
                     {"sha256", summary.sourceSha256}}}};
  info = models::saveModel(options.out, *network, info);
  summary.model = models::modelFiles(options.out).weights;
  summary.sha256 = info.sha256;
  summary.arch = info.arch;
  summary.classes = info.classes;
  summary.inputSize = info.inputSize;
  for (const torch::Tensor& parameter : network->parameters()) summary.parameters += parameter.numel();
  writeRunJson(options.out,
               {{"command", "import"},
                {"inputs", {{{"path", options.file.string()}, {"sha256", summary.sourceSha256}}}},
                {"result", summary.toJson()},
                {"outcome", "completed"}});
  return summary;
}

std::string ImportSummary::briefReport() const {
  return "Imported " + std::to_string(parameters) + " parameters of " + arch + " (" + sourceFormat + ", " +
         std::to_string(classes.size()) + " classes, input " + std::to_string(inputSize) + " px)\n" +
         "Model: " + model.string() + "\nSHA-256: " + sha256;
}

Json ImportSummary::toJson() const {
  return {{"model", model.string()},
          {"sha256", sha256},
          {"arch", arch},
          {"classes", classes},
          {"input_size", inputSize},
          {"parameters", parameters},
          {"source", {{"format", sourceFormat}, {"sha256", sourceSha256}}}};
}

}  // namespace medlocker::pipelines
