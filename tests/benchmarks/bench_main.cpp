// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/device.h"

// Google Benchmark's options, and `--compute_threads=N` (default: all cores), which every figure depends on.
int main(int argc, char** argv) {
  constexpr std::string_view kThreads = "--compute_threads=";
  int threads = 0;
  std::vector<char*> rest;
  for (int i = 0; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kThreads)) {
      threads = std::atoi(argv[i] + kThreads.size());
    } else {
      rest.push_back(argv[i]);
    }
  }
  if (threads < 0) {
    std::cerr << "--compute_threads is 0 (all cores) or more\n";
    return 2;
  }
  medlocker::setComputeThreads(threads);
  int count = static_cast<int>(rest.size());
  benchmark::Initialize(&count, rest.data());
  if (benchmark::ReportUnrecognizedArguments(count, rest.data())) return 2;
  benchmark::AddCustomContext("compute_threads", std::to_string(medlocker::computeThreads()));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
