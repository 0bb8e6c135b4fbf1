// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "core/models/network.h"

namespace medlocker::test {

/// `count` values in [-0.5, 0.5): the upper 24 bits of splitmix64 at fnv1a(name) + index. The same numbers as
/// `uniform` in tests/golden/make_model_values.py, bit for bit.
std::vector<double> formulaUniform(const std::string& name, std::int64_t count);

/// Sets every parameter and buffer as `fill` there does.
void formulaFill(models::Network& network, double gain);

/// count×3×side×side images in [0,1), as `images` there.
torch::Tensor formulaImages(std::int64_t count, std::int64_t side);

}  // namespace medlocker::test
