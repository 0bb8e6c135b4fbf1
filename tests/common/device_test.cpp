// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/device.h"

#include <gtest/gtest.h>

#include "core/common/error.h"

namespace medlocker {
namespace {

TEST(Device, ParsesTheThreeChoices) {
  EXPECT_EQ(parseDeviceChoice("auto"), DeviceChoice::Auto);
  EXPECT_EQ(parseDeviceChoice("cpu"), DeviceChoice::Cpu);
  EXPECT_EQ(parseDeviceChoice("cuda"), DeviceChoice::Cuda);
}

TEST(Device, RefusesOtherNamesAndSaysWhichAreAllowed) {
  for (const char* text : {"", "CPU", "cuda:0", "gpu", " cpu"}) {
    try {
      parseDeviceChoice(text);
      FAIL() << "accepted '" << text << "'";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_NE(std::string(error.what()).find("cpu, cuda, auto"), std::string::npos) << error.what();
    }
  }
}

TEST(Device, CpuIsAlwaysThereAndNeedsNoRemark) {
  const DeviceInfo info = resolveDevice(DeviceChoice::Cpu);
  EXPECT_EQ(info.kind, DeviceKind::Cpu);
  EXPECT_EQ(info.name, "cpu");
  EXPECT_EQ(info.note, "");
}

// Holds with and without a GPU: what `auto` falls back from is what `cuda` fails with.
TEST(Device, AutoFallsBackExactlyWhereCudaFails) {
  const DeviceInfo automatic = resolveDevice(DeviceChoice::Auto);
  if (automatic.kind == DeviceKind::Cuda) {
    EXPECT_EQ(resolveDevice(DeviceChoice::Cuda).name, automatic.name);
    EXPECT_EQ(automatic.note, "");
    return;
  }
  EXPECT_NE(automatic.note, "");
  try {
    resolveDevice(DeviceChoice::Cuda);
    FAIL() << "cuda was accepted although auto fell back";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(std::string(error.what()).find(automatic.note), std::string::npos) << error.what();
  }
}

TEST(Device, ThreadCountIsSetAndNegativeOnesAreRefused) {
  setComputeThreads(1);
  EXPECT_EQ(computeThreads(), 1);
  setComputeThreads(2);
  EXPECT_EQ(computeThreads(), 2);
  setComputeThreads(0);
  EXPECT_GE(computeThreads(), 1);
  EXPECT_THROW(setComputeThreads(-1), Error);
}

}  // namespace
}  // namespace medlocker
