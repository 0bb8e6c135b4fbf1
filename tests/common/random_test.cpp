// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace medlocker {
namespace {

// Statistical checks use a fixed seed, so they pass or fail for good; bounds are five standard deviations,
// which a correct generator would miss for about one seed in two million.
constexpr int kDraws = 200000;

std::vector<std::uint64_t> take(RandomStream& stream, int count) {
  std::vector<std::uint64_t> values;
  for (int i = 0; i < count; ++i) values.push_back(stream.nextU64());
  return values;
}

// RFC 8439, appendix A.1, vectors 1 and 2: key and nonce zero, block counter 0 and 1.
TEST(RandomStream, IsChaCha20OfTheKey) {
  RandomStream stream{Key32{}};
  EXPECT_EQ(stream.nextU64(), 0x903df1a0ade0b876ULL);
  EXPECT_EQ(stream.nextU64(), 0x28bd8653e56a5d40ULL);
  stream.seek(8);
  EXPECT_EQ(stream.nextU64(), 0x7a385155bee7079fULL);
}

TEST(RandomStream, SameSeedAndPurposeRepeat) {
  RandomStream a = RandomStream::fromSeed(7, "placement");
  RandomStream b = RandomStream::fromSeed(7, "placement");
  EXPECT_EQ(take(a, 1000), take(b, 1000));
}

TEST(RandomStream, SeedPurposeAndIndexAllMatter) {
  const RandomStream base = RandomStream::fromSeed(7, "placement");
  const std::set<Key32> keys = {base.key(),
                                RandomStream::fromSeed(8, "placement").key(),
                                RandomStream::fromSeed(7, "training").key(),
                                RandomStream::fromSeed(7, "").key(),
                                RandomStream::fromSeed(7ULL << 32, "placement").key(),
                                base.child("placement").key(),
                                base.child("x").key(),
                                base.child("x", 1).key(),
                                base.child("x").child("x").key()};
  EXPECT_EQ(keys.size(), 9U);
}

// "ab","c" and "a","bc" must not collide: each part carries its length.
TEST(RandomStream, PartsAreSeparated) {
  const auto key = [](std::initializer_list<ByteView> parts) { return RandomStream::derive(parts).key(); };
  EXPECT_NE(key({asBytes("ab"), asBytes("c")}), key({asBytes("a"), asBytes("bc")}));
  EXPECT_NE(key({asBytes("abc")}), key({asBytes("abc"), ByteView{}}));
  EXPECT_EQ(key({asBytes("ab"), asBytes("c")}), key({asBytes("ab"), asBytes("c")}));
}

TEST(RandomStream, ChildDependsOnTheKeyAloneAndMovesNothing) {
  RandomStream parent = RandomStream::fromSeed(1, "p");
  const Key32 before = parent.child("item", 5).key();
  const std::vector<std::uint64_t> undisturbed = [] {
    RandomStream other = RandomStream::fromSeed(1, "p");
    return take(other, 100);
  }();
  EXPECT_EQ(take(parent, 100), undisturbed);
  EXPECT_EQ(parent.child("item", 5).key(), before);
}

TEST(RandomStream, StreamsDoNotDependOnEachOther) {
  const RandomStream parent = RandomStream::fromSeed(3, "p");
  RandomStream alone = parent.child("item", 1);
  const std::vector<std::uint64_t> expected = take(alone, 300);
  RandomStream a = parent.child("item", 0);
  RandomStream b = parent.child("item", 1);
  std::vector<std::uint64_t> interleaved;
  for (int i = 0; i < 300; ++i) {
    take(a, i % 5);
    interleaved.push_back(b.nextU64());
  }
  EXPECT_EQ(interleaved, expected);
}

TEST(RandomStream, SeekContinuesAnywhere) {
  RandomStream stream = RandomStream::fromSeed(11, "seek");
  const std::vector<std::uint64_t> all = take(stream, 400);
  EXPECT_EQ(stream.position(), 400U);
  for (const std::uint64_t position : {0, 1, 63, 64, 65, 127, 128, 399}) {
    stream.seek(position);
    EXPECT_EQ(stream.position(), position);
    EXPECT_EQ(stream.nextU64(), all[position]) << position;
  }
  RandomStream again(stream.key());
  again.seek(200);
  EXPECT_EQ(take(again, 200), std::vector<std::uint64_t>(all.begin() + 200, all.end()));
}

TEST(RandomStream, CopyKeepsThePosition) {
  RandomStream stream = RandomStream::fromSeed(11, "copy");
  take(stream, 70);
  RandomStream copy = stream;
  EXPECT_EQ(take(copy, 100), take(stream, 100));
}

TEST(RandomStream, FarPositionsDoNotRepeatNearOnes) {
  RandomStream stream = RandomStream::fromSeed(5, "far");
  const std::vector<std::uint64_t> near = take(stream, 64);
  stream.seek(1ULL << 40);
  EXPECT_NE(take(stream, 64), near);
}

TEST(RandomStream, UniformIsFlat) {
  RandomStream stream = RandomStream::fromSeed(1, "uniform");
  constexpr int kBins = 64;
  std::array<int, kBins> counts{};
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = stream.uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    ++counts[static_cast<std::size_t>(value * kBins)];
    sum += value;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
  const double expected = static_cast<double>(kDraws) / kBins;
  double chiSquare = 0;
  for (const int count : counts) chiSquare += (count - expected) * (count - expected) / expected;
  // Chi-square with 63 degrees of freedom: mean 63, variance 126; both tails, since too even is wrong too.
  EXPECT_NEAR(chiSquare, 63.0, 5 * std::sqrt(126.0));
}

TEST(RandomStream, EveryBitIsBalanced) {
  RandomStream stream = RandomStream::fromSeed(2, "bits");
  std::array<int, 64> ones{};
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = stream.nextU64();
    for (std::size_t bit = 0; bit < 64; ++bit) ones[bit] += static_cast<int>(value >> bit & 1U);
  }
  for (std::size_t bit = 0; bit < 64; ++bit)
    EXPECT_NEAR(ones[bit], kDraws / 2.0, 5 * std::sqrt(kDraws / 4.0)) << "bit " << bit;
}

// 2^64 mod 3·2^62 = 2^62: a plain modulo would give the lowest third half of all draws.
TEST(RandomStream, BelowHasNoModuloBias) {
  RandomStream stream = RandomStream::fromSeed(3, "below");
  const std::uint64_t third = 1ULL << 62;
  int lowest = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = stream.below(3 * third);
    ASSERT_LT(value, 3 * third);
    lowest += value < third ? 1 : 0;
  }
  EXPECT_NEAR(lowest, kDraws / 3.0, 5 * std::sqrt(kDraws * (1.0 / 3) * (2.0 / 3)));
}

TEST(RandomStream, BelowReachesEveryValueAndNoOther) {
  RandomStream stream = RandomStream::fromSeed(4, "small");
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 6000; ++i) ++counts[stream.below(6)];
  ASSERT_EQ(counts.size(), 6U);
  EXPECT_EQ(counts.rbegin()->first, 5U);
  for (const auto& [value, count] : counts)
    EXPECT_NEAR(count, 1000, 5 * std::sqrt(6000 * (1.0 / 6) * (5.0 / 6)));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(stream.below(1), 0U);
}

TEST(RandomStream, ChanceFollowsItsProbability) {
  RandomStream stream = RandomStream::fromSeed(5, "chance");
  int hits = 0;
  for (int i = 0; i < kDraws; ++i) hits += stream.chance(0.2) ? 1 : 0;
  EXPECT_NEAR(hits, 0.2 * kDraws, 5 * std::sqrt(kDraws * 0.2 * 0.8));
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(stream.chance(0.0));
    EXPECT_TRUE(stream.chance(1.0));
  }
}

TEST(RandomStream, NormalHasTheRightMoments) {
  RandomStream stream = RandomStream::fromSeed(6, "normal");
  double sum = 0;
  double squares = 0;
  int beyondTwo = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = stream.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
    beyondTwo += std::abs(value) > 2 ? 1 : 0;
  }
  EXPECT_EQ(stream.position(), 2U * kDraws);
  EXPECT_NEAR(sum / kDraws, 0.0, 5 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0, 5 * std::sqrt(2.0 / kDraws));
  EXPECT_NEAR(beyondTwo, 0.0455003 * kDraws, 5 * std::sqrt(kDraws * 0.0455 * 0.9545));
}

TEST(RandomStream, ShuffleReachesEveryOrderEquallyOften) {
  RandomStream stream = RandomStream::fromSeed(7, "shuffle");
  std::map<std::vector<int>, int> counts;
  for (int i = 0; i < 24000; ++i) {
    std::vector<int> values = {1, 2, 3, 4};
    stream.shuffle(values);
    ++counts[values];
  }
  ASSERT_EQ(counts.size(), 24U);
  for (const auto& [order, count] : counts)
    EXPECT_NEAR(count, 1000, 5 * std::sqrt(24000 * (1.0 / 24) * (23.0 / 24)));
  std::vector<int> large(1000);
  std::iota(large.begin(), large.end(), 0);
  const std::vector<int> sorted = large;
  stream.shuffle(large);
  EXPECT_NE(large, sorted);
  EXPECT_TRUE(std::is_permutation(large.begin(), large.end(), sorted.begin()));
  std::vector<int> none;
  stream.shuffle(none);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace medlocker
