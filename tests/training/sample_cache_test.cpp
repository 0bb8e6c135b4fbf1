// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/sample_cache.h"

#include <gtest/gtest.h>

#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker::training {
namespace {

/// Images that exist only here: sample i is a grey of value 10·i with a mark; "bad" ones cannot be read.
std::vector<data::Sample> fakeSamples(int count) {
  std::vector<data::Sample> samples(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    samples[static_cast<std::size_t>(i)].id = "img" + std::to_string(i) + (i == 3 ? "-bad" : "");
  return samples;
}

data::DecodedImage fakeReader(const data::Sample& sample) {
  if (sample.id.ends_with("-bad")) throw Error(ErrorCode::InputRejected, "is truncated", sample.id);
  const int number = std::stoi(sample.id.substr(3));
  data::DecodedImage decoded;
  decoded.image = data::Image(24, 24, 3);
  for (auto& value : decoded.image.samples8()) value = static_cast<std::uint8_t>(10 * number);
  if (number == 1) decoded.notices.push_back("palette image converted to RGB");
  return decoded;
}

CacheOptions smallOptions() {
  CacheOptions options;
  options.side = 12;
  options.datasetFingerprint = "abc";
  return options;
}

TEST(SampleCache, KeepsPositionsAndListsWhatFailed) {
  const auto cache = SampleCache::build(fakeSamples(6), smallOptions(), {}, "decode", fakeReader);
  ASSERT_EQ(cache->size(), 6);
  EXPECT_FALSE(cache->usable(3));
  for (const int item : {0, 1, 2, 4, 5}) {
    ASSERT_TRUE(cache->usable(item));
    for (const auto value : cache->pixels(item)) ASSERT_EQ(value, 10 * item);
  }
  ASSERT_EQ(cache->issues().size(), 2U);
  EXPECT_EQ(cache->issues()[0].item, "img1");
  EXPECT_FALSE(cache->issues()[0].fatalForItem);
  EXPECT_EQ(cache->issues()[1].item, "img3-bad");
  EXPECT_EQ(cache->issues()[1].reason, "is truncated");
}

TEST(SampleCache, ThreadsDoNotChangeIt) {
  CacheOptions options = smallOptions();
  options.threads = 1;
  const auto one = SampleCache::build(fakeSamples(20), options, {}, "decode", fakeReader);
  options.threads = 7;
  const auto many = SampleCache::build(fakeSamples(20), options, {}, "decode", fakeReader);
  EXPECT_EQ(one->fingerprint(), many->fingerprint());
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(one->usable(i), many->usable(i));
    const auto a = one->pixels(i), b = many->pixels(i);
    ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
  }
}

TEST(SampleCache, SpillsAboveItsMemoryBoundAndIsUsedAgain) {
  const test::TempFolder folder;
  CacheOptions options = smallOptions();
  options.maxMemoryBytes = 1000;  // one image needs 432
  options.spillFile = folder / "cache/pixels.bin";
  const auto memory = SampleCache::build(fakeSamples(6), smallOptions(), {}, "decode", fakeReader);
  const auto check = [&](const SampleCache& cache) {
    EXPECT_TRUE(cache.spilled());
    EXPECT_EQ(cache.issues().size(), 2U);
    for (int i = 0; i < 6; ++i) {
      const auto a = memory->pixels(i), b = cache.pixels(i);
      EXPECT_EQ(memory->usable(i), cache.usable(i));
      EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
    }
  };
  {
    const auto first = SampleCache::build(fakeSamples(6), options, {}, "decode", fakeReader);
    EXPECT_FALSE(first->reused());
    check(*first);
  }
  int reads = 0;
  const auto counting = [&reads](const data::Sample& sample) {
    ++reads;
    return fakeReader(sample);
  };
  options.threads = 1;
  const auto second = SampleCache::build(fakeSamples(6), options, {}, "decode", counting);
  EXPECT_TRUE(second->reused());
  EXPECT_EQ(reads, 0);
  check(*second);
  options.datasetFingerprint = "changed";
  const auto third = SampleCache::build(fakeSamples(6), options, {}, "decode", counting);
  EXPECT_FALSE(third->reused()) << "another dataset is decoded anew";
  EXPECT_EQ(reads, 6);
}

TEST(SampleCache, AnUnfinishedSpillFileIsNotTrusted) {
  const test::TempFolder folder;
  CacheOptions options = smallOptions();
  options.maxMemoryBytes = 0;
  options.spillFile = folder / "pixels.bin";
  SampleCache::build(fakeSamples(2), options, {}, "decode", fakeReader);
  std::filesystem::remove(folder / "pixels.bin.json");
  EXPECT_FALSE(SampleCache::build(fakeSamples(2), options, {}, "decode", fakeReader)->reused());
}

TEST(SampleCache, WithoutASpillFileTooMuchIsAnError) {
  CacheOptions options = smallOptions();
  options.maxMemoryBytes = 100;
  EXPECT_THROW(SampleCache::build(fakeSamples(6), options, {}, "decode", fakeReader), Error);
}

TEST(SampleCache, StopIsAResult) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(
      SampleCache::build(fakeSamples(6), smallOptions(), {source.get_token(), nullptr}, "decode", fakeReader),
      nullptr);
}

TEST(SampleCache, DefectsAreNotItemIssues) {
  const auto broken = [](const data::Sample&) -> data::DecodedImage { throw std::bad_alloc(); };
  EXPECT_THROW(SampleCache::build(fakeSamples(6), smallOptions(), {}, "decode", broken), std::bad_alloc);
}

TEST(ChannelStatistics, AreMeanAndPopulationDeviation) {
  const auto cache = SampleCache::fromPixels({0, 100, 255, 0, 200, 255, 255, 100, 255, 255, 200, 255}, 2);
  const auto statistics = channelStatistics(*cache, {0});
  EXPECT_NEAR(statistics.mean[0], 0.5, 1e-6);
  EXPECT_NEAR(statistics.stddev[0], 0.5, 1e-6);
  EXPECT_NEAR(statistics.mean[1], 150 / 255.0, 1e-6);
  EXPECT_NEAR(statistics.stddev[1], 50 / 255.0, 1e-6);
  EXPECT_NEAR(statistics.stddev[2], 1e-3, 1e-9) << "a constant channel must not divide by zero";
}

}  // namespace
}  // namespace medlocker::training
