// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <mutex>
#include <thread>

#include "core/common/error.h"

namespace medlocker {
namespace {

/// Opens libtorch_cuda beside libtorch_cpu; its static initialisers register the CUDA kernels. Empty =
/// available.
std::string openCudaOnce() {
  static std::once_flag once;
  static std::string reason;
  std::call_once(once, [] {
    if (!at::hasCUDA()) {
      // Opening the driver first is cheap and tells "no GPU here" from "LibTorch without CUDA".
      if (!dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL)) {
        reason = "no NVIDIA driver was found";
        return;
      }
      if (!dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL)) {
        const char* message = dlerror();
        reason =
            std::string("LibTorch's CUDA part cannot be opened: ") + (message ? message : "unknown reason");
        return;
      }
    }
    if (!at::hasCUDA() || at::detail::getCUDAHooks().deviceCount() == 0) reason = "no usable GPU was found";
  });
  return reason;
}

}  // namespace

DeviceChoice parseDeviceChoice(std::string_view text) {
  if (text == "auto") return DeviceChoice::Auto;
  if (text == "cpu") return DeviceChoice::Cpu;
  if (text == "cuda") return DeviceChoice::Cuda;
  throw Error(ErrorCode::InvalidArgument,
              "the device is one of cpu, cuda, auto; not '" + std::string(text) + "'");
}

DeviceInfo resolveDevice(DeviceChoice choice) {
  if (choice == DeviceChoice::Cpu) return {DeviceKind::Cpu, "cpu", ""};
  const std::string reason = openCudaOnce();
  if (reason.empty()) return {DeviceKind::Cuda, "cuda:0", ""};
  if (choice == DeviceChoice::Cuda)
    throw Error(ErrorCode::Unsupported, "--device cuda is not possible here: " + reason);
  return {DeviceKind::Cpu, "cpu", reason};
}

void setComputeThreads(int threads) {
  if (threads < 0) throw Error(ErrorCode::InvalidArgument, "the number of threads cannot be negative");
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  at::get_num_threads();  // its first call on a thread would undo the setting
  at::set_num_threads(threads == 0 ? cores : threads);
}

int computeThreads() {
  return at::get_num_threads();
}

}  // namespace medlocker
