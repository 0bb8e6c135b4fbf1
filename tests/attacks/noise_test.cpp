// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/noise.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace medlocker::attacks {
namespace {

TEST(AttackNoise, DependsOnTheSampleAndNotOnTheBatch) {
  const at::Tensor three = torch::zeros({3, 2, 4, 4});
  Streams all = sampleStreams(7, "pgd", 0, {10, 11, 12});
  Streams one = sampleStreams(7, "pgd", 0, {11});
  const at::Tensor together = normalNoise(all, three);
  const at::Tensor alone = normalNoise(one, three.narrow(0, 0, 1));
  EXPECT_TRUE(torch::equal(together[1], alone[0]));
  EXPECT_FALSE(torch::equal(together[0], together[1]));
}

TEST(AttackNoise, SeedAttackAndRestartGiveOtherStreams) {
  const auto first = [](std::uint64_t seed, const char* id, int restart) {
    return sampleStream(seed, id, restart, 5).nextU64();
  };
  const auto base = first(1, "pgd", 0);
  EXPECT_NE(base, first(2, "pgd", 0));
  EXPECT_NE(base, first(1, "apgd", 0));
  EXPECT_NE(base, first(1, "pgd", 1));
  EXPECT_EQ(base, first(1, "pgd", 0));
}

TEST(AttackNoise, StartsLieInTheBall) {
  const at::Tensor clean = torch::rand({8, 3, 6, 6});
  for (const Norm norm : {Norm::Linf, Norm::L2}) {
    Streams streams = sampleStreams(1, "x", 0, {0, 1, 2, 3, 4, 5, 6, 7});
    const at::Tensor start = startPoint(Start::Uniform, norm, clean, 0.2, streams);
    EXPECT_TRUE(withinBudget({norm, 0.2}, clean, start).all().item<bool>());
    EXPECT_GT(distance(norm, start, clean).min().item<double>(), 0.05);
  }
  Streams streams = sampleStreams(1, "x", 0, {0, 1, 2, 3, 4, 5, 6, 7});
  const at::Tensor gauss = startPoint(Start::Gaussian, Norm::Linf, clean, 0.2, streams) - clean;
  EXPECT_NEAR(gauss.std().item<double>(), 0.001,
              1e-4);  // 864 draws: relative error of the deviation about 2.4 %
}

}  // namespace
}  // namespace medlocker::attacks
