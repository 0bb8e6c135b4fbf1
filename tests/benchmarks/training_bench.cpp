// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <string>

#include "core/models/network.h"
#include "core/training/augmentation.h"
#include "core/training/losses.h"
#include "core/training/method.h"
#include "core/training/optimiser.h"
#include "core/training/weight_average.h"
#include "tests/benchmarks/convolution_roof.h"

// What one training step and the preparation of its images cost. Times are processor time, so other load on
// the machine disturbs them little; with --compute_threads=1 the rates are per core.
namespace medlocker::bench {
namespace {

/// Preparing one image on a loader thread.
void augment(benchmark::State& state, const char* preset) {
  const int outSide = static_cast<int>(state.range(0));
  const bool resampled = std::string(preset) == "fundus";
  const int side = resampled ? outSide * 9 / 8 : outSide;
  const std::vector<std::uint8_t> source(static_cast<std::size_t>(side) * side * 3, 120);
  std::vector<float> out(static_cast<std::size_t>(outSide) * outSide * 3);
  const training::AugmentOptions options = training::augmentPreset(preset);
  std::int64_t item = 0;
  for (auto _ : state) {
    RandomStream stream = training::augmentationStream(1, 1, item++, 0);
    training::renderAugmented(source, side, training::drawAugmentation(options, stream), out, outSide);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["images/s"] = benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(augment, none, "none")->Name("Augment/none")->Arg(64)->Arg(128)->Arg(224);
BENCHMARK_CAPTURE(augment, cifar, "cifar")->Name("Augment/cifar")->Arg(32);
BENCHMARK_CAPTURE(augment, fundus, "fundus")->Name("Augment/fundus")->Arg(64)->Arg(128)->Arg(224);

/// Forward, backward and AdamW on a batch of 32. `forwardMacs`: multiply-adds of one image's forward pass; a
/// training step needs three times that (forward, gradient of the input, gradient of the weights).
void trainStep(benchmark::State& state, const char* arch, int side, double forwardMacs, Precision precision) {
  constexpr int kBatch = 32;
  torch::manual_seed(1);
  models::NetworkOptions options;
  options.inputSize = side;
  const auto network = models::makeNetwork(arch, options);
  network->train();
  training::useChannelsLast(*network);
  std::vector<training::NamedParameter> parameters;
  for (const auto& item : network->named_parameters()) parameters.push_back({item.key(), item.value()});
  training::Optimiser optimiser(std::move(parameters), {});
  training::Student student(network, precision == Precision::Bfloat16);
  const auto images = torch::rand({kBatch, 3, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto labels = torch::randint(5, {kBatch}, torch::kLong);
  const auto step = [&] {
    optimiser.zeroGradients();
    training::weightedCrossEntropy(student.forward(images), labels, {}).backward();
    benchmark::DoNotOptimize(optimiser.gradientNorm());
    optimiser.step(1e-4);
  };
  step();
  for (auto _ : state) step();
  state.counters["images/s"] = benchmark::Counter(kBatch, benchmark::Counter::kIsIterationInvariantRate);
  // To be compared with ConvolutionRoof; normalisation, activations and the optimiser are not counted.
  state.counters["FLOP/s"] =
      benchmark::Counter(2 * 3 * forwardMacs * kBatch, benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  struct Case {
    const char* arch;
    int side;
    double macs;
  };
  for (const Precision precision : {Precision::Float32, Precision::Bfloat16})
    for (const Case& each : {Case{"resnet8", 64, 49.8e6}, Case{"resnet18", 128, 592e6}}) {
      const std::string name = std::string("TrainStep/") +
                               (precision == Precision::Float32 ? "float32/" : "bfloat16/") + each.arch +
                               "@" + std::to_string(each.side);
      benchmark::RegisterBenchmark(
          name.c_str(),
          [=](benchmark::State& state) { trainStep(state, each.arch, each.side, each.macs, precision); })
          ->MeasureProcessCPUTime()
          ->Unit(benchmark::kMillisecond);
    }
  return true;
}();

}  // namespace
}  // namespace medlocker::bench
