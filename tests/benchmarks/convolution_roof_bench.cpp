// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <string>

#include "tests/benchmarks/convolution_roof.h"

// The machine's own limit, which every other figure of speed is compared with.
namespace medlocker::bench {
namespace {

void convolution(benchmark::State& state, const ConvolutionShape& shape, Precision precision) {
  Convolution convolution(shape, precision);
  convolution.run();
  for (auto _ : state) convolution.run();
  state.counters["FLOP/s"] =
      benchmark::Counter(shape.operations(), benchmark::Counter::kIsIterationInvariantRate);
}

void roof(benchmark::State& state, Precision precision) {
  for (auto _ : state) state.counters["FLOP/s"] = convolutionRoof(precision);
}

// Without the instructions bfloat16 is emulated, 37 times slower than float32, and is nobody's roof.
bool computesBfloat16() {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw");
}

const bool kRegistered = [] {
  for (const Precision precision : {Precision::Float32, Precision::Bfloat16}) {
    if (precision == Precision::Bfloat16 && !computesBfloat16()) continue;
    const std::string suffix = precision == Precision::Float32 ? "float32" : "bfloat16";
    for (const ConvolutionShape& shape : roofShapes()) {
      const std::string name = "Convolution/" + suffix + "/" + std::to_string(shape.batch) + "x" +
                               std::to_string(shape.channels) + "x" + std::to_string(shape.side) + "x" +
                               std::to_string(shape.side);
      benchmark::RegisterBenchmark(
          name.c_str(), [shape, precision](benchmark::State& state) { convolution(state, shape, precision); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
    benchmark::RegisterBenchmark(("ConvolutionRoof/" + suffix).c_str(),
                                 [precision](benchmark::State& state) { roof(state, precision); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->Iterations(1);
  }
  return true;
}();

}  // namespace
}  // namespace medlocker::bench
