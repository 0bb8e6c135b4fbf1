// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace medlocker {

enum class DeviceKind { Cpu, Cuda };

/// Parsed value of `--device`.
enum class DeviceChoice { Auto, Cpu, Cuda };

struct DeviceInfo {
  DeviceKind kind = DeviceKind::Cpu;
  std::string name;  ///< "cpu" or the GPU's name
  std::string note;  ///< why a GPU is not used, in a sentence; empty when there is nothing to say
};

/// "cpu", "cuda" or "auto"; throws Error(InvalidArgument).
DeviceChoice parseDeviceChoice(std::string_view text);

/// The one place that decides where computing happens. `Cuda` and `Auto` try to open libtorch_cuda at run
/// time (once per process); `Auto` falls back to the CPU with a note, `Cuda` throws Error(Unsupported) with
/// the reason. Thread-safe.
DeviceInfo resolveDevice(DeviceChoice choice);

/// Threads for compute inside one operator. 0 = number of cores. Call before work starts.
void setComputeThreads(int threads);
int computeThreads();

}  // namespace medlocker
