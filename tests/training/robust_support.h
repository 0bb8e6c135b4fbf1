// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/training/synthetic.h"

namespace medlocker::test {

/// A frozen, untrained resnet8: teachers need not be good for a method's mechanics.
inline models::ClassifierPtr squareTeacher(const training::TrainerSetup& like, std::uint64_t seed) {
  torch::manual_seed(seed);
  models::NetworkOptions network;
  network.outputs = static_cast<int>(like.info.classes.size());
  network.inputSize = like.info.inputSize;
  auto teacher = models::makeNetwork("resnet8", network);
  {
    // Sharper than a fresh network, so that temperatures and entropies matter.
    const torch::NoGradGuard noGrad;
    for (const auto& item : teacher->named_parameters())
      if (item.key().starts_with("fc.")) item.value().mul_(8);
  }
  models::ModelInfo info = like.info;
  info.name = "teacher" + std::to_string(seed);
  return models::makeClassifier(std::move(teacher), std::move(info));
}

/// squareSetup() with both teachers and the architecture the method needs.
inline training::TrainerSetup robustSetup(const std::filesystem::path& folder, const std::string& method,
                                          int classes = 3, int trainCount = 36, int validationCount = 12) {
  training::TrainerSetup setup = squareSetup(folder, classes, 16, trainCount, validationCount);
  setup.teacher = squareTeacher(setup, 21);
  setup.cleanTeacher = squareTeacher(setup, 22);
  torch::manual_seed(7);
  if (method == "aw-net") {
    models::NetworkOptions network;
    network.outputs = classes;
    network.inputSize = 16;
    setup.info.arch = "aw_resnet8";
    setup.network = models::makeNetwork("aw_resnet8", network);
    setup.network->setNormalisation(setup.info.mean, setup.info.stddev);
  }
  setup.loaderThreads = 1;
  return setup;
}

/// The method's recipe, shortened and with a cheap inner attack.
inline training::TrainerOptions robustOptions(const std::string& method, int epochs, int steps = 2) {
  training::TrainerOptions options;
  Json fields = training::MethodOptions(training::defaultMethodOptions(method));
  if (fields.contains("attack")) fields["attack"]["steps"] = method == "fgsm-rs" ? 1 : steps;
  if (fields.contains("steps")) fields["steps"] = steps;
  if (method == "cfa") fields["average_threshold"] = 0.0;  // so that there is an averaged model
  training::from_json(fields, options.method);
  training::applyPreset(options, epochs);
  options.optimiser.learningRate = 0.02;
  options.batchSize = 12;
  options.augment = {};
  options.seed = 3;
  return options;
}

}  // namespace medlocker::test
