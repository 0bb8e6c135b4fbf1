// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <chrono>
#include <string>

#include "core/models/fast_logits.h"
#include "core/models/network.h"

// What folding, channels-last and (where the device has it) bfloat16 gain over the exact forward pass.
namespace medlocker::bench {
namespace {

enum class Form { Folded, Fast };

/// One forward pass, or forward and gradient of the images. The exact form runs in turn with the other one,
/// so that a change in the machine's load meets both: the counter `speedup` is the ratio of their times.
void inference(benchmark::State& state, const char* arch, int side, Form form, bool gradient) {
  using Clock = std::chrono::steady_clock;
  const int batch = side >= 128 ? 8 : 32;
  torch::manual_seed(1);
  models::ModelInfo info;
  info.name = info.arch = arch;
  info.classes = {"0", "1", "2", "3", "4"};
  info.inputSize = side;
  const auto classifier = models::makeClassifier(models::makeNetwork(arch, {.outputs = 5, .inputSize = side}),
                                                 info, DeviceKind::Cpu);
  const auto images = torch::rand({batch, 3, side, side});
  const auto run = [&](bool exact) {
    const auto input = images.detach().set_requires_grad(gradient);
    const torch::AutoGradMode mode(gradient);
    const auto logits = exact                  ? classifier->logits(input)
                        : form == Form::Folded ? models::foldedLogits(*classifier, input)
                                               : classifier->fastLogits(input);
    if (gradient) benchmark::DoNotOptimize(torch::autograd::grad({logits.sum()}, {input})[0].data_ptr());
    benchmark::DoNotOptimize(logits.data_ptr());
  };
  run(true);
  run(false);
  double exactSeconds = 0;
  double seconds = 0;
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    run(true);
    const Clock::time_point middle = Clock::now();
    run(false);
    const Clock::time_point end = Clock::now();
    exactSeconds += std::chrono::duration<double>(middle - start).count();
    seconds += std::chrono::duration<double>(end - middle).count();
    state.SetIterationTime(std::chrono::duration<double>(end - middle).count());
  }
  state.counters["speedup"] = exactSeconds / seconds;
  state.counters["images/s"] = static_cast<double>(state.iterations()) * batch / seconds;
  state.counters["bfloat16"] = form == Form::Fast && models::fastIsBfloat16(*classifier) ? 1 : 0;
}

const bool kRegistered = [] {
  struct Case {
    const char* arch;
    int side;
  };
  for (const Case& each : {Case{"resnet8", 64}, Case{"resnet18", 64}, Case{"resnet18", 224},
                           Case{"mobilenet_v3_large", 224}, Case{"densenet121", 224}})
    for (const Form form : {Form::Folded, Form::Fast})
      for (const bool gradient : {false, true}) {
        const std::string name = std::string("Inference/") + (form == Form::Folded ? "folded/" : "fast/") +
                                 each.arch + "@" + std::to_string(each.side) +
                                 (gradient ? "/gradient" : "/forward");
        benchmark::RegisterBenchmark(
            name.c_str(), [=](benchmark::State& s) { inference(s, each.arch, each.side, form, gradient); })
            ->UseManualTime()
            ->Unit(benchmark::kMillisecond);
      }
  return true;
}();

}  // namespace
}  // namespace medlocker::bench
