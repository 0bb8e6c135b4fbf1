// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <string>

#include "core/attacks/pgd.h"
#include "core/models/fast_logits.h"
#include "core/models/network.h"
#include "tests/benchmarks/convolution_roof.h"

// What a PGD attack costs, to be compared with the convolution roof and, by docs/experiments/attack_speed,
// with torchattacks. Times are processor time: other load on the machine disturbs them little.
namespace medlocker::bench {
namespace {

/// `steps` gradient steps on `batch` images; nothing leaves the batch, so the work is fixed. `macs`:
/// multiply-adds of one image's forward pass; the gradient of the images needs as many again.
void pgd(benchmark::State& state, attacks::Precision precision, int side, int batch, double macs) {
  constexpr int kSteps = 5;
  torch::manual_seed(1);
  models::ModelInfo info;
  info.name = info.arch = "resnet18";
  info.classes = {"0", "1", "2", "3", "4"};
  info.inputSize = side;
  const auto classifier = models::makeClassifier(
      models::makeNetwork("resnet18", {.outputs = 5, .inputSize = side}), info, DeviceKind::Cpu);
  attacks::Target target(classifier, precision);
  const auto images = torch::rand({batch, 3, side, side});
  attacks::AttackBatch set{images, attacks::topClass(target.exactLogits(images)), {}};
  for (std::int64_t i = 0; i < batch; ++i) set.samples.push_back(i);
  attacks::PgdOptions options;
  options.threat.epsilon = 4.0 / 255;
  options.step = 1.0 / 255;
  options.steps = kSteps;
  options.keep = attacks::Keep::Last;
  const attacks::PgdAttack attack(options);
  benchmark::DoNotOptimize(attack.run(target, set, 1).images.data_ptr());
  for (auto _ : state) benchmark::DoNotOptimize(attack.run(target, set, 1).images.data_ptr());
  const double steps = static_cast<double>(kSteps) * batch;
  // Two more forward passes judge every image, clean and attacked.
  const double operations = 2 * macs * batch * (2.0 * kSteps + 2);
  state.counters["image steps/s"] = benchmark::Counter(steps, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["FLOP/s"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["bfloat16"] =
      precision == attacks::Precision::Fast && models::fastIsBfloat16(*classifier) ? 1 : 0;
}

const bool kRegistered = [] {
  struct Case {
    int side, batch;
    double macs;
  };
  struct Form {
    const char* name;
    attacks::Precision precision;
  };
  for (const Form& form :
       {Form{"exact", attacks::Precision::Exact}, Form{"folded", attacks::Precision::Folded},
        Form{"fast", attacks::Precision::Fast}})
    for (const Case& each : {Case{64, 16, 148.1e6}, Case{224, 4, 1.814e9}}) {
      const std::string name = std::string("Pgd/") + form.name + "/resnet18@" + std::to_string(each.side);
      benchmark::RegisterBenchmark(
          name.c_str(),
          [=](benchmark::State& s) { pgd(s, form.precision, each.side, each.batch, each.macs); })
          ->MeasureProcessCPUTime()
          ->Unit(benchmark::kMillisecond);
    }
  return true;
}();

}  // namespace
}  // namespace medlocker::bench
