// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace {

/// The pictures of these tests are tiny: waiting for other threads costs more than they help, above all on a
/// busy machine. Tests about threads set their own number and put this one back.
class SingleThread : public ::testing::Environment {
 public:
  void SetUp() override { torch::set_num_threads(1); }
};

[[maybe_unused]] const ::testing::Environment* const kSingleThread =
    ::testing::AddGlobalTestEnvironment(new SingleThread);

}  // namespace
