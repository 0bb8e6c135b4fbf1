// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "core/common/device.h"
#include "core/common/random.h"
#include "core/models/network.h"
#include "core/training/trainer.h"

namespace medlocker::test {

/// Learnable pictures: dark noise with a bright square whose quadrant is the class (at most 4 classes).
inline training::LabelledItems squareSet(int count, int side, int classes, std::uint64_t seed) {
  RandomStream stream = RandomStream::fromSeed(seed, "test/squares");
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * side * side * 3);
  training::LabelledItems set;
  for (int i = 0; i < count; ++i) {
    const int label = i % classes;
    std::uint8_t* image = pixels.data() + static_cast<std::size_t>(i) * side * side * 3;
    for (int k = 0; k < side * side * 3; ++k) image[k] = static_cast<std::uint8_t>(stream.below(80));
    const int half = side / 2, size = side / 4;
    const int x0 =
        (label % 2) * half + static_cast<int>(stream.below(static_cast<std::uint64_t>(half - size)));
    const int y0 =
        (label / 2) * half + static_cast<int>(stream.below(static_cast<std::uint64_t>(half - size)));
    for (int y = y0; y < y0 + size; ++y)
      for (int x = x0; x < x0 + size; ++x)
        for (int c = 0; c < 3; ++c)
          image[(y * side + x) * 3 + c] = static_cast<std::uint8_t>(150 + stream.below(100));
    set.items.push_back(i);
    set.labels.push_back(label);
  }
  set.cache = training::SampleCache::fromPixels(std::move(pixels), side);
  return set;
}

/// A resnet8 set up to learn squareSet().
inline training::TrainerSetup squareSetup(const std::filesystem::path& folder, int classes = 4, int side = 16,
                                          int trainCount = 64, int validationCount = 32) {
  // Tiny tensors on one thread: on a busy machine the barriers of a thread pool cost far more than the work.
  setComputeThreads(1);
  training::TrainerSetup setup;
  setup.train = squareSet(trainCount, side, classes, 1);
  setup.validation = squareSet(validationCount, side, classes, 2);
  torch::manual_seed(7);
  models::NetworkOptions network;
  network.outputs = classes;
  network.inputSize = side;
  setup.network = models::makeNetwork("resnet8", network);
  setup.info.name = "test";
  setup.info.arch = "resnet8";
  for (int c = 0; c < classes; ++c) setup.info.classes.push_back("class" + std::to_string(c));
  setup.info.inputSize = side;
  setup.info.mean = {0.3F, 0.3F, 0.3F};
  setup.info.stddev = {0.2F, 0.2F, 0.2F};
  setup.network->setNormalisation(setup.info.mean, setup.info.stddev);
  setup.runFolder = folder;
  setup.identity = {{"test", 1}};
  return setup;
}

inline training::TrainerOptions squareOptions(int epochs) {
  training::TrainerOptions options;
  options.epochs = epochs;
  options.batchSize = 16;
  options.augment = {};
  options.optimiser.learningRate = 5e-3;
  options.seed = 3;
  return options;
}

/// All parameters and buffers as bytes.
inline std::vector<std::uint8_t> stateBytes(const models::Network& network) {
  std::vector<std::uint8_t> bytes;
  for (const auto& [name, value] : models::stateDict(network)) {
    const at::Tensor flat = value.detach().cpu().contiguous();
    const auto* data = static_cast<const std::uint8_t*>(flat.const_data_ptr());
    bytes.insert(bytes.end(), data, data + flat.nbytes());
  }
  return bytes;
}

}  // namespace medlocker::test
