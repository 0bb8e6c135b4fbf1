// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/synthetic_fundus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/data/field_of_view.h"

namespace medlocker::data {
namespace {

RandomStream patient(std::uint64_t seed) {
  return RandomStream::fromSeed(seed, "synthetic fundus test");
}

SyntheticFundusOptions sized(int width, int height, int grade = 3) {
  SyntheticFundusOptions options;
  options.width = width;
  options.height = height;
  options.grade = grade;
  return options;
}

std::int64_t lesionArea(const SyntheticFundus& fundus) {
  std::int64_t area = 0;
  for (const LesionLayer& layer : fundus.layers) {
    if (layer.kind != LesionKind::OpticDisc) area += layer.area;
  }
  return area;
}

std::vector<std::uint8_t> allLesions(const SyntheticFundus& fundus) {
  std::vector<std::uint8_t> all(fundus.layers.front().mask.size(), 0);
  for (const LesionLayer& layer : fundus.layers) {
    if (layer.kind == LesionKind::OpticDisc) continue;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] |= layer.mask[i];
  }
  return all;
}

TEST(SyntheticFundusOptions, DefaultsAreValid) {
  EXPECT_TRUE(SyntheticFundusOptions{}.validate().empty());
}

TEST(SyntheticFundusOptions, InvalidOnesNameTheirField) {
  const auto fieldOf = [](const SyntheticFundusOptions& options) {
    const auto issues = options.validate();
    return issues.size() == 1 ? issues.front().field : std::to_string(issues.size()) + " issues";
  };
  SyntheticFundusOptions options;
  options.grade = 5;
  EXPECT_EQ(fieldOf(options), "grade");
  options = sized(95, 180);
  EXPECT_EQ(fieldOf(options), "width");
  options = {};
  options.height = 8193;
  options.width = 8192;
  EXPECT_EQ(fieldOf(options), "height");
  options = sized(1000, 200);
  EXPECT_EQ(fieldOf(options), "width");
  options = {};
  options.bits = 12;
  EXPECT_EQ(fieldOf(options), "bits");
  options = {};
  options.difficulty = std::nan("");
  EXPECT_EQ(fieldOf(options), "difficulty");
  EXPECT_THROW(renderSyntheticFundus(options, patient(1)), Error);
}

TEST(SyntheticFundus, SameSeedGivesSameBytesOnEveryThread) {
  const SyntheticFundus first = renderSyntheticFundus(sized(160, 160), patient(7));
  std::vector<SyntheticFundus> again(3);
  std::vector<std::thread> threads;
  for (SyntheticFundus& fundus : again) {
    threads.emplace_back([&fundus] { fundus = renderSyntheticFundus(sized(160, 160), patient(7)); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const SyntheticFundus& fundus : again) {
    EXPECT_TRUE(fundus.image.sameSamples(first.image));
    for (std::size_t i = 0; i < first.layers.size(); ++i) {
      EXPECT_EQ(fundus.layers[i].mask, first.layers[i].mask);
      EXPECT_EQ(fundus.layers[i].count, first.layers[i].count);
    }
  }
}

TEST(SyntheticFundus, PatientsAndEyesDiffer) {
  SyntheticFundusOptions options = sized(128, 128);
  const SyntheticFundus right = renderSyntheticFundus(options, patient(7));
  EXPECT_FALSE(renderSyntheticFundus(options, patient(8)).image.sameSamples(right.image));
  options.eye = Eye::Left;
  const SyntheticFundus left = renderSyntheticFundus(options, patient(7));
  EXPECT_FALSE(left.image.sameSamples(right.image));
  // In a photograph the nose is on the right of a right eye, and the disc is nasal of the fovea.
  EXPECT_GT(right.opticDisc.x, right.fovea.x);
  EXPECT_LT(left.opticDisc.x, left.fovea.x);
}

TEST(SyntheticFundus, LooksLikeAFundus) {
  for (int seed = 0; seed < 6; ++seed) {
    const SyntheticFundus fundus = renderSyntheticFundus(sized(192, 192, 0), patient(seed));
    const FundusCircle& field = fundus.fieldOfView;
    std::array<double, 3> sum{};
    int inside = 0;
    for (int y = 0; y < 192; ++y) {
      for (int x = 0; x < 192; ++x) {
        const double distance = std::hypot(x + 0.5 - field.x, y + 0.5 - field.y) / field.radius;
        const int red = fundus.image.sample(x, y, 0);
        if (distance > 1.06) {
          EXPECT_EQ(red, 0);
        } else if (distance < 0.8) {
          EXPECT_GT(red, 40) << "the field of view must stand out from the black border";
          for (int c = 0; c < 3; ++c) sum[c] += fundus.image.sample(x, y, c);
          ++inside;
        }
      }
    }
    EXPECT_GT(sum[0], 1.4 * sum[1]);
    EXPECT_GT(sum[1], sum[2]);
    const auto green = [&](const FundusCircle& at) {
      return fundus.image.sample(static_cast<int>(at.x), static_cast<int>(at.y), 1);
    };
    EXPECT_LT(green(fundus.fovea), sum[1] / inside) << "the fovea is dark";
    FundusCircle temporalRim = fundus.opticDisc;
    temporalRim.x -= 0.55 * temporalRim.radius;
    EXPECT_GT(green(temporalRim), 1.2 * sum[1] / inside) << "the disc is bright";
  }
}

TEST(SyntheticFundus, OutsideTheMasksNothingChanges) {
  for (int grade = 0; grade < kGradeCount; ++grade) {
    for (int seed = 0; seed < 3; ++seed) {
      SyntheticFundusOptions options = sized(224, 200, grade);
      options.eye = seed % 2 ? Eye::Left : Eye::Right;
      const SyntheticFundus ill = renderSyntheticFundus(options, patient(100 + seed));
      options.lesions = false;
      const SyntheticFundus healthy = renderSyntheticFundus(options, patient(100 + seed));
      EXPECT_EQ(lesionArea(healthy), 0);
      const std::vector<std::uint8_t> mask = allLesions(ill);
      std::int64_t marked = 0;
      std::int64_t unchanged = 0;
      for (std::size_t i = 0; i < mask.size(); ++i) {
        const bool same = std::equal(&ill.image.samples8()[3 * i], &ill.image.samples8()[3 * i] + 3,
                                     &healthy.image.samples8()[3 * i]);
        if (!mask[i]) {
          ASSERT_TRUE(same) << "pixel " << i << ", grade " << grade;
        }
        marked += mask[i];
        unchanged += mask[i] && same;
      }
      // Each lesion changes its pixels by two levels or more; only where a dark and a bright one overlap can
      // the sum come out as before.
      EXPECT_LE(unchanged, marked / 500) << "grade " << grade;
      EXPECT_EQ(marked > 0, grade > 0);
    }
  }
}

TEST(SyntheticFundus, LesionLoadGrowsWithGrade) {
  constexpr int kEyes = 8;
  std::array<double, kGradeCount> area{};
  std::array<double, kGradeCount> microaneurysms{};
  std::array<double, kGradeCount> haemorrhages{};
  int newVesselsOrBlood = 0;
  for (int grade = 0; grade < kGradeCount; ++grade) {
    for (int seed = 0; seed < kEyes; ++seed) {
      const SyntheticFundus fundus = renderSyntheticFundus(sized(160, 160, grade), patient(seed));
      area[grade] += static_cast<double>(lesionArea(fundus));
      microaneurysms[grade] += fundus.layer(LesionKind::Microaneurysm).count;
      haemorrhages[grade] += fundus.layer(LesionKind::Haemorrhage).count;
      if (grade < 4) {
        EXPECT_EQ(fundus.layer(LesionKind::Other).count, 0);
      }
      if (grade < 2) {
        EXPECT_EQ(fundus.layer(LesionKind::Haemorrhage).count, 0);
        EXPECT_EQ(fundus.layer(LesionKind::HardExudate).count, 0);
        EXPECT_EQ(fundus.layer(LesionKind::SoftExudate).count, 0);
      }
      if (grade == 1) {
        EXPECT_GE(fundus.layer(LesionKind::Microaneurysm).count, 4);
      }
      if (grade == 4) newVesselsOrBlood += fundus.layer(LesionKind::Other).count > 0 ? 1 : 0;
    }
  }
  for (int grade = 0; grade < 3; ++grade) {
    EXPECT_LT(area[grade], area[grade + 1]);
    EXPECT_LT(microaneurysms[grade], microaneurysms[grade + 1]);
  }
  EXPECT_LT(haemorrhages[2], haemorrhages[3]);
  EXPECT_LT(area[2], area[4]);
  EXPECT_GE(newVesselsOrBlood, kEyes / 2);
}

TEST(SyntheticFundus, DifficultyShrinksLesionsAndKeepsTheEye) {
  double easy = 0;
  double hard = 0;
  for (int seed = 0; seed < 6; ++seed) {
    SyntheticFundusOptions options = sized(160, 160, 2);
    options.difficulty = 0;
    easy += static_cast<double>(lesionArea(renderSyntheticFundus(options, patient(seed))));
    options.difficulty = 1;
    hard += static_cast<double>(lesionArea(renderSyntheticFundus(options, patient(seed))));
    options.lesions = false;
    const SyntheticFundus bare = renderSyntheticFundus(options, patient(seed));
    options.difficulty = 0;
    EXPECT_TRUE(renderSyntheticFundus(options, patient(seed)).image.sameSamples(bare.image));
  }
  EXPECT_LT(hard, 0.75 * easy);
}

TEST(SyntheticFundus, SamePatientAtAnotherSizeIsTheSameEye) {
  const SyntheticFundus large = renderSyntheticFundus(sized(512, 512), patient(3));
  const SyntheticFundus small = renderSyntheticFundus(sized(256, 256), patient(3));
  EXPECT_NEAR(large.opticDisc.x, 2 * small.opticDisc.x, 1e-9);
  double difference = 0;
  int inside = 0;
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) {
      if (std::hypot(x - 128, y - 128) > 100) continue;
      for (int c = 0; c < 3; ++c) {
        const int mean = large.image.sample(2 * x, 2 * y, c) + large.image.sample(2 * x + 1, 2 * y, c) +
                         large.image.sample(2 * x, 2 * y + 1, c) +
                         large.image.sample(2 * x + 1, 2 * y + 1, c);
        difference += std::abs(mean / 4.0 - small.image.sample(x, y, c));
        ++inside;
      }
    }
  }
  // Sensor noise (about 1.5 levels) and the coarser sampling of thin vessels remain.
  EXPECT_LT(difference / inside, 4.0);
  for (std::size_t i = 0; i < large.layers.size(); ++i) {
    EXPECT_EQ(large.layers[i].count, small.layers[i].count);
  }
}

TEST(SyntheticFundus, SixteenBitsAreTheSamePictureFiner) {
  SyntheticFundusOptions options = sized(128, 128);
  const SyntheticFundus coarse = renderSyntheticFundus(options, patient(5));
  options.bits = 16;
  const SyntheticFundus fine = renderSyntheticFundus(options, patient(5));
  ASSERT_EQ(fine.image.bitsAllocated(), 16);
  bool finer = false;
  for (std::size_t i = 0; i < coarse.image.sampleCount(); ++i) {
    const double expected = fine.image.samples16()[i] / 257.0;
    ASSERT_NEAR(coarse.image.samples8()[i], expected, 0.51);
    finer |= fine.image.samples16()[i] % 257 != 0;
  }
  EXPECT_TRUE(finer);
}

TEST(SyntheticFundus, DiscMaskLiesAroundTheDisc) {
  const SyntheticFundus fundus = renderSyntheticFundus(sized(256, 256, 0), patient(9));
  const LesionLayer& disc = fundus.layer(LesionKind::OpticDisc);
  const double expected = std::acos(-1.0) * fundus.opticDisc.radius * fundus.opticDisc.radius;
  EXPECT_NEAR(static_cast<double>(disc.area), expected, 0.08 * expected);
  double x = 0;
  double y = 0;
  for (int j = 0; j < 256; ++j) {
    for (int i = 0; i < 256; ++i) {
      if (!disc.mask[static_cast<std::size_t>(j) * 256 + i]) continue;
      x += i + 0.5;
      y += j + 0.5;
    }
  }
  EXPECT_NEAR(x / static_cast<double>(disc.area), fundus.opticDisc.x, 1.0);
  EXPECT_NEAR(y / static_cast<double>(disc.area), fundus.opticDisc.y, 1.0);
}

TEST(SyntheticFundus, WideTallAndSmallPicturesWork) {
  for (const auto& [width, height] : {std::pair{429, 285}, std::pair{200, 390}, std::pair{96, 96}}) {
    const SyntheticFundus fundus = renderSyntheticFundus(sized(width, height), patient(11));
    EXPECT_EQ(fundus.image.width(), width);
    EXPECT_EQ(fundus.image.height(), height);
    EXPECT_GT(lesionArea(fundus), 0);
    EXPECT_EQ(fundus.image.sample(0, 0, 0), 0);
  }
}

TEST(SyntheticFundus, FieldOfViewIsFound) {
  for (int seed = 0; seed < 10; ++seed) {
    const SyntheticFundus fundus = renderSyntheticFundus(sized(256, 240, seed % 5), patient(40 + seed));
    const FieldOfView found = detectFieldOfView(floatView(fundus.image));
    EXPECT_FALSE(found.fallback);
    EXPECT_NEAR(found.frame.width(), 2 * fundus.fieldOfView.radius, 8) << "the rim's marker may add a few";
    // Every lesion lies where a logo could be asked to go.
    const std::vector<std::uint8_t> lesions = allLesions(fundus);
    for (std::size_t i = 0; i < lesions.size(); ++i) {
      ASSERT_TRUE(!lesions[i] || found.mask[i]);
    }
  }
}

TEST(SyntheticFundus, ShapeCanBeChosen) {
  SyntheticFundusOptions options = sized(200, 200, 0);
  options.shape = FundusShape::Circle;
  EXPECT_GT(renderSyntheticFundus(options, patient(2)).image.sample(100, 6, 0), 40);
  options.shape = FundusShape::Cut;
  EXPECT_EQ(renderSyntheticFundus(options, patient(2)).image.sample(100, 6, 0), 0);
}

}  // namespace
}  // namespace medlocker::data
