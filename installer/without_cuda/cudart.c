// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// What a package carries in place of NVIDIA's libcudart. The CPU part of a LibTorch built for CUDA names that library, so
// the loader insists on it, and refers to these functions (for its profiler), which nothing calls on a CPU. NVIDIA's own
// library may not be shipped together with GPL programs; and without libtorch_cuda it would serve nothing.

enum { kNoDevice = 100 };  // cudaErrorNoDevice

int cudaDeviceSynchronize(void) { return kNoDevice; }
int cudaDriverGetVersion(int* version) { return *version = 0; }
int cudaRuntimeGetVersion(int* version) { return *version = 0; }
int cudaGetDeviceProperties(void) { return kNoDevice; }

int cudaGetDeviceCount(int* count) {
  *count = 0;
  return kNoDevice;
}

const char* cudaGetErrorString(int error) {
  (void)error;
  return "this package of MedLocker computes on the CPU alone";
}
