// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/protect_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"
#include "core/protect/payload.h"
#include "tests/protect/analytic_classifier.h"
#include "tests/support/temp_folder.h"

namespace medlocker::protect {
namespace {

/// A synthetic retina: a lit disc with texture and two marked lesions.
struct Fixture {
  data::Image image;
  data::ValueWindow window;
  data::FloatImage view;
  data::FieldOfView fov;
  segmentation::ProtectedRegions regions;
  Logo logo;
  std::vector<models::ClassifierPtr> models;
  ProtectImageOptions options;
  ProtectImageInput input;

  explicit Fixture(int width = 360, int height = 330, int channels = 3, int bitsAllocated = 8, int bits = 0,
                   bool lesions = true)
      : image(width, height, channels, bitsAllocated, bits) {
    const double top = image.maxValue();
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const double r = std::hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5);
        for (int c = 0; c < channels; ++c)
          image.setSample(x, y, c,
                          r > 0.49 ? 0
                                   : static_cast<int>(top * (0.35 + 0.05 * c +
                                                             0.04 * std::sin(0.2 * x) * std::cos(0.15 * y))));
      }
    window = data::displayWindow(image);
    view = data::floatView(image, window);
    fov = data::detectFieldOfView(view);
    if (lesions) addLesions({{data::Box{90, 100, 96, 105}, data::Box{250, 200, 262, 206}}});
    regions.width = width;
    regions.height = height;
    regions.frame = fov.frame;
    logo.width = logo.height = 48;
    for (int y = 0; y < 48; ++y)
      for (int x = 0; x < 48; ++x) {
        const double r = std::hypot(x - 23.5, y - 23.5);
        const double matte = r < 23 ? 1.0 : 0.0;
        for (const double c : {1.0, 0.95, 0.9}) logo.premultiplied.push_back(c * matte);
        logo.premultiplied.push_back(matte);
      }
    options.search.budget = 200;
    options.transformDraws = 2;
    // Two models look at different patches; a bright logo over patch (3, 5) moves both towards grade 1.
    for (const int side : {64, 72}) {
      at::Tensor weights = torch::zeros({2, 8, 8});
      weights[1][3][5] = 9;
      weights[1][4][5] = 6;
      models.push_back(std::make_shared<test::PatchMeanClassifier>(
          side, weights, std::vector<float>{7.2F, 0.F}, "model " + std::to_string(side)));
    }
  }

  void addLesions(const std::vector<data::Box>& boxes) {
    regions.lesionMask.assign(static_cast<std::size_t>(image.width()) * image.height(), 0);
    for (const data::Box& box : boxes) {
      for (int y = box.y0; y < box.y1; ++y)
        for (int x = box.x0; x < box.x1; ++x)
          regions.lesionMask[static_cast<std::size_t>(y) * image.width() + x] = 1;
      regions.tightBoxes.push_back({.box = box});
      regions.boxes.push_back({.box = dilate(box, 4)});
    }
  }

  ProtectedImage protect(std::uint64_t seed = 1, const std::vector<double>& scales = {}) {
    input.image = &image;
    input.window = window;
    input.view = &view;
    input.fieldOfView = &fov;
    input.regions = &regions;
    return protectImage(input, logo, models, scales, options, RandomStream::fromSeed(seed, "image"));
  }
};

void expectGuarantees(const Fixture& f, const ProtectedImage& result) {
  // G1 and G2, recomputed here from the decoded file.
  const data::Image decoded = data::decodeImage(result.encoded, "out").image;
  EXPECT_EQ(pixelHash(decoded), pixelHash(result.image));
  EXPECT_EQ(result.visibility.outsideMaxDifference, 0);
  EXPECT_EQ(result.visibility.lesionOverlapPixels, 0);
  // Without room the ladder of 7.2 may use the margin of a box, never its lesion.
  if (result.feasibilityStep == FeasibilityStep::Normal)
    EXPECT_NEAR(result.visibility.ssimLesionBoxes, 1, 1e-9);
  TileRecipe recipe = TileRecipe::fromJson(result.recipe.toJson());
  recipe.seeds.warp = result.recipe.seeds.warp;
  recipe.seeds.texture = result.recipe.seeds.texture;
  recipe.seeds.jitter = result.recipe.seeds.jitter;
  EXPECT_EQ(recipe, result.recipe);
  const LogoTile tile = makeTile(f.logo, recipe);
  EXPECT_EQ(tileHash(tile), result.tileSha256);
  EXPECT_EQ(tile.width, result.tileSize.width);
  const TargetTile targets = makeTargetTile(tile, f.image, f.window);
  std::vector<PlacedTile> placed;
  for (const FilePlacement& at : result.placements) placed.push_back({&targets, at.x, at.y, at.alphaCode});
  const data::Image again = compose(f.image, placed, result.law);
  EXPECT_EQ(pixelHash(again), pixelHash(decoded));  // the record alone reproduces the file
  for (std::size_t i = 0; i < placed.size(); ++i)
    for (std::size_t j = i + 1; j < placed.size(); ++j)
      EXPECT_TRUE(std::abs(placed[i].x - placed[j].x) >= tile.width ||
                  std::abs(placed[i].y - placed[j].y) >= tile.height);
  for (std::size_t i = 0; i < f.regions.lesionMask.size(); ++i) {
    if (!f.regions.lesionMask[i]) continue;
    const int x = static_cast<int>(i) % f.image.width();
    const int y = static_cast<int>(i) / f.image.width();
    for (int c = 0; c < f.image.channels(); ++c) ASSERT_EQ(decoded.sample(x, y, c), f.image.sample(x, y, c));
  }
  EXPECT_EQ(pixelHash(restoreImage(decoded, decodePayload(result.payload))), pixelHash(f.image));
}

TEST(ProtectImage, MisleadsEverySourceAndKeepsTheGuarantees) {
  Fixture f;
  const ProtectedImage result = f.protect();
  EXPECT_EQ(result.status, ProtectionStatus::Protected) << result.reason;
  EXPECT_TRUE(result.reason.empty());
  EXPECT_EQ(result.labelOrigin, "pseudo");
  EXPECT_EQ(result.labels, (std::vector<int>{0, 0}));
  EXPECT_EQ(result.predictedBefore, (std::vector<int>{0, 0}));
  EXPECT_EQ(result.predictedAfter, (std::vector<int>{1, 1}));
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_GT(result.marginBeforeMilli[k], 0);
    EXPECT_LT(result.marginAfterMilli[k], 0);
  }
  EXPECT_EQ(result.payloadKind, "roi");
  EXPECT_EQ(result.feasibilityStep, FeasibilityStep::Normal);
  EXPECT_GT(result.feasible, 0);
  EXPECT_LE(result.evaluations, 200 + 60 + 4);
  EXPECT_LT(result.visibility.coveredFieldOfView, kCoverageLimit);
  expectGuarantees(f, result);
}

TEST(ProtectImage, PredictionsAreThoseOfALaterEvaluation) {
  Fixture f;
  const ProtectedImage result = f.protect();
  const data::Image decoded = data::decodeImage(result.encoded, "out").image;
  for (std::size_t k = 0; k < f.models.size(); ++k) {
    const models::ModelInfo& info = f.models[k]->info();
    const at::Tensor logits =
        f.models[k]->logits(models::toTensor(data::preprocess(decoded, info.profile, info.inputSize)));
    EXPECT_EQ(models::predictedClasses(logits, info).item<std::int64_t>(), result.predictedAfter[k]);
    // 1: the margin is rounded to thousandths.
    EXPECT_NEAR(hardMargins(logits, MarginRule::of(info, 0, {})).item<double>() * 1000,
                static_cast<double>(result.marginAfterMilli[k]), 1);
  }
}

TEST(ProtectImage, AllDepthsKeepTheGuarantees) {
  struct Depth {
    int channels, allocated, bits;
    data::FileFormat format;
  };
  for (const Depth& depth :
       {Depth{1, 8, 8, data::FileFormat::Png}, Depth{3, 16, 16, data::FileFormat::Png},
        Depth{1, 16, 12, data::FileFormat::Png}, Depth{3, 16, 16, data::FileFormat::Tiff},
        Depth{3, 8, 8, data::FileFormat::Bmp}}) {
    Fixture f(260, 250, depth.channels, depth.allocated, depth.bits);
    f.input.format = depth.format;
    f.options.search.budget = 40;
    const ProtectedImage result = f.protect();
    ASSERT_FALSE(result.encoded.empty()) << depth.bits;
    expectGuarantees(f, result);
  }
}

TEST(ProtectImage, SameSecretSameBytesWhateverTheThreads) {
  Fixture f;
  torch::set_num_threads(1);
  const ProtectedImage one = f.protect(5);
  torch::set_num_threads(16);
  const ProtectedImage many = f.protect(5);
  torch::set_num_threads(1);
  EXPECT_EQ(one.encoded, many.encoded);
  EXPECT_EQ(one.placements, many.placements);
  EXPECT_EQ(one.payload, many.payload);
  EXPECT_EQ(one.marginAfterMilli, many.marginAfterMilli);
}

TEST(ProtectImage, UnseededRunsDiffer) {
  Fixture f(180, 170);
  f.options.search.budget = 60;
  int different = 0;
  const int runs = 12;
  for (int i = 0; i < runs; ++i) different += f.protect(100 + i).placements != f.protect(500 + i).placements;
  EXPECT_GE(different, runs * 95 / 100);
}

TEST(ProtectImage, GivenLabelsAreUsedAndChecked) {
  Fixture f;
  f.input.labels = {1, 1};
  const ProtectedImage result = f.protect();
  EXPECT_EQ(result.labelOrigin, "given");
  // The models say grade 0 already, so they are wrong on the clean image: protected all the same.
  EXPECT_LT(result.marginBeforeMilli[0], 0);
  EXPECT_EQ(result.status, ProtectionStatus::Protected);
  f.input.labels = {1, 2};
  EXPECT_THROW(f.protect(), Error);
  f.input.labels = {1};
  EXPECT_THROW(f.protect(), Error);
}

TEST(ProtectImage, WeakWhenNothingHelps) {
  Fixture f;
  f.models = {
      std::make_shared<test::PatchMeanClassifier>(32, torch::zeros({2, 2, 2}), std::vector<float>{1, 0})};
  const ProtectedImage result = f.protect();
  EXPECT_EQ(result.status, ProtectionStatus::Weak);
  EXPECT_FALSE(result.reason.empty());
  expectGuarantees(f, result);
}

TEST(ProtectImage, PartialWhenOneModelHolds) {
  Fixture f;
  f.models.push_back(
      std::make_shared<test::PatchMeanClassifier>(32, torch::zeros({2, 2, 2}), std::vector<float>{1, 0}));
  EXPECT_EQ(f.protect().status, ProtectionStatus::Partial);
}

TEST(ProtectImage, WithoutModelsOnlyRandomPlacement) {
  Fixture f;
  f.models.clear();
  EXPECT_THROW(f.protect(), Error);
  f.options.search.mode = SearchMode::Random;
  const ProtectedImage result = f.protect();
  EXPECT_EQ(result.status, ProtectionStatus::Weak);
  EXPECT_THAT(result.notes, ::testing::Contains("PLACEMENT_ONLY"));
  EXPECT_EQ(result.labelOrigin, "none");
  EXPECT_TRUE(result.predictedAfter.empty());
  expectGuarantees(f, result);
}

TEST(ProtectImage, RandomModeDoesNotSearch) {
  Fixture f;
  f.options.search.mode = SearchMode::Random;
  const ProtectedImage result = f.protect();
  EXPECT_EQ(result.evaluations, 2);  // the draw and its file
  EXPECT_EQ(result.placements[0].alphaCode, opacityCode(0.9));
}

TEST(ProtectImage, LesionsEverywhereAreInfeasibleUnlessAllowed) {
  Fixture f(300, 300, 3, 8, 0, false);
  f.addLesions({{0, 0, 300, 300}});
  ProtectedImage result = f.protect();
  EXPECT_EQ(result.status, ProtectionStatus::Infeasible);
  EXPECT_TRUE(result.encoded.empty());
  f.options.allowLesionOverlap = true;
  result = f.protect();
  EXPECT_EQ(result.feasibilityStep, FeasibilityStep::LesionOverlap);
  EXPECT_THAT(result.notes, ::testing::Contains("LESION_COVERED"));
  EXPECT_GT(result.visibility.lesionOverlapPixels, 0);
  EXPECT_LE(result.placements[0].alphaCode, opacityCode(0.30));
}

TEST(ProtectImage, ProtectedFilesAreSkipped) {
  Fixture f;
  f.image.metadata.protectedNote = std::string(data::kProtectedNotePrefix) + "; run 00";
  EXPECT_EQ(f.protect().status, ProtectionStatus::Skipped);
}

TEST(ProtectImage, FlagTextTravelsInTheFile) {
  Fixture f;
  f.input.protectedNote = std::string(data::kProtectedNotePrefix) + "; run 0123";
  const ProtectedImage result = f.protect();
  EXPECT_EQ(data::decodeImage(result.encoded, "out").image.metadata.protectedNote, f.input.protectedNote);
}

TEST(ProtectImage, EveryModeKeepsTheGuarantees) {
  for (const SearchMode mode : {SearchMode::Evolve, SearchMode::Gradient, SearchMode::Hybrid})
    for (const OpacityLaw law : {OpacityLaw::Matte, OpacityLaw::Cap}) {
      Fixture f;
      f.options.search.mode = mode;
      f.options.law = law;
      const ProtectedImage result = f.protect();
      EXPECT_EQ(result.status, ProtectionStatus::Protected) << toString(mode) << " " << result.reason;
      EXPECT_EQ(result.mode, mode);
      expectGuarantees(f, result);
    }
}

TEST(ProtectImage, WithoutHardeningTheTileIsTheRenderedLogo) {
  Fixture f;
  f.options.hardening = HardeningOptions::none();
  const ProtectedImage result = f.protect();
  expectGuarantees(f, result);
  EXPECT_EQ(tileHash(renderTile(f.logo, result.tileSize.width, result.tileSize.height)), result.tileSha256);
  EXPECT_EQ(result.recipe.seeds, HardeningSeeds());
}

TEST(ProtectImage, HardenedTilesDifferFromImageToImage) {
  Fixture f(180, 170);
  f.options.search.budget = 40;
  f.options.hardening.opaqueCore = true;
  const ProtectedImage a = f.protect(1);
  const ProtectedImage b = f.protect(2);
  EXPECT_NE(a.tileSha256, b.tileSha256);
  EXPECT_NE(a.recipe.seeds.warp, b.recipe.seeds.warp);
  expectGuarantees(f, a);
  expectGuarantees(f, b);
}

TEST(ProtectImage, SeveralLogosLieApartAndRestoreExactly) {
  for (const int count : {2, 4}) {
    Fixture f;
    f.options.layout = Layout::Multi;
    f.options.logos = count;
    f.options.coverageLimit.reset();
    const ProtectedImage result = f.protect();
    EXPECT_GE(result.placements.size(), count == 2 ? 2U : 3U);
    EXPECT_EQ(result.status, ProtectionStatus::Protected);
    EXPECT_GT(result.visibility.coveredFieldOfView, 0.04 * static_cast<double>(result.placements.size()));
    expectGuarantees(f, result);
  }
}

TEST(ProtectImage, SeveralLogosShareTheCoverageLimit) {
  Fixture f(640, 600);
  f.options.layout = Layout::Multi;
  f.options.logos = 3;
  f.options.search.budget = 60;
  const ProtectedImage result = f.protect();
  EXPECT_EQ(result.placements.size(), 3U);
  EXPECT_LE(result.visibility.coveredFieldOfView, kCoverageLimit);
  expectGuarantees(f, result);
}

TEST(ProtectImage, LogosWithoutRoomAreLeftOutAndNoted) {
  Fixture f(300, 300, 3, 8, 0, false);
  // A strip of a little more than one logo stays free.
  f.addLesions({{0, 0, 300, 110}, {0, 200, 300, 300}, {0, 110, 105, 200}, {195, 110, 300, 200}});
  f.options.layout = Layout::Multi;
  f.options.logos = 3;
  f.options.coverageLimit.reset();
  f.options.search.budget = 60;
  const ProtectedImage result = f.protect();
  ASSERT_FALSE(result.encoded.empty());
  EXPECT_LT(result.placements.size(), 3U);
  EXPECT_THAT(result.notes, ::testing::Contains(::testing::HasSubstr("found room")));
  // Where room is short the ladder of 7.2 may use the margin of a box, never its lesion.
  EXPECT_EQ(result.visibility.outsideMaxDifference, 0);
  EXPECT_EQ(result.visibility.lesionOverlapPixels, 0);
}

TEST(ProtectImage, ATiledLayoutLeavesLesionsFreeAndKeepsTheCoverageLimit) {
  for (const bool limited : {true, false}) {
    Fixture f(420, 400);
    f.options.layout = Layout::Tiled;
    f.options.sizes = {{1, 12}};
    if (!limited) f.options.coverageLimit.reset();
    const ProtectedImage result = f.protect();
    EXPECT_GT(result.placements.size(), 3U);
    if (limited) EXPECT_LE(result.visibility.coveredFieldOfView, kCoverageLimit);
    expectGuarantees(f, result);
    for (const FilePlacement& at : result.placements) EXPECT_LE(at.alphaCode, opacityCode(0.9));
  }
}

TEST(ProtectImage, AntiInpaintingMeansSeveralOrFaintLogos) {
  Fixture f;
  f.options.antiInpainting = true;
  f.options.coverageLimit.reset();
  f.options.search.budget = 60;
  EXPECT_EQ(f.protect().placements.size(), 2U);
  f.options.layout = Layout::Tiled;
  f.options.sizes = {{1, 8}};
  const ProtectedImage tiled = f.protect();
  EXPECT_GT(tiled.placements.size(), 2U);
  for (const FilePlacement& at : tiled.placements) EXPECT_LE(at.alphaCode, opacityCode(0.35));
  expectGuarantees(f, tiled);
}

TEST(ProtectImage, ReinforcedColoursHelpAndStayLegible) {
  Fixture f;
  // The model sees colour differences only: red against blue in one patch. A plain white logo does nothing.
  class RedBlue : public test::PatchMeanClassifier {
   public:
    using PatchMeanClassifier::PatchMeanClassifier;
    at::Tensor logits(const at::Tensor& images) const override {
      const at::Tensor difference =
          (images.select(1, 0) - images.select(1, 2)).unsqueeze(1).expand({-1, 3, -1, -1});
      return PatchMeanClassifier::logits(difference);
    }
  };
  at::Tensor weights = torch::full({2, 4, 4}, 0.0F);
  weights[1].fill_(4);
  f.models = {std::make_shared<RedBlue>(64, weights, std::vector<float>{-5.6F, 0.F}, "red-blue")};
  f.options.search.opacityLow = 0.9;
  f.options.search.budget = 60;
  const ProtectedImage plain = f.protect();
  f.options.reinforce.epsilon = 0.3;
  f.options.reinforce.steps = 40;
  const ProtectedImage reinforced = f.protect();
  EXPECT_LT(reinforced.marginAfterMilli[0], plain.marginAfterMilli[0] - 20);
  EXPECT_GE(reinforced.similarity, 0.80);
  EXPECT_LT(reinforced.similarity, 1);
  ASSERT_TRUE(reinforced.recipe.reinforcement.has_value());
  EXPECT_EQ(reinforced.recipe.reinforcement->epsilonMilli, 300);
  expectGuarantees(f, reinforced);
}

TEST(ProtectImage, ThreadsChangeNothingInAnyLayout) {
  for (const Layout layout : {Layout::Multi, Layout::Tiled}) {
    Fixture f(260, 250);
    f.options.layout = layout;
    f.options.logos = layout == Layout::Multi ? 2 : 1;
    f.options.sizes = {{1, 8}};
    f.options.search.budget = 60;
    f.options.search.mode = SearchMode::Hybrid;
    f.options.reinforce.epsilon = 0.15;
    f.options.reinforce.steps = 10;
    torch::set_num_threads(1);
    const ProtectedImage one = f.protect(5);
    torch::set_num_threads(4);
    const ProtectedImage many = f.protect(5);
    torch::set_num_threads(1);
    EXPECT_EQ(one.encoded, many.encoded);
    EXPECT_EQ(one.payload, many.payload);
    EXPECT_EQ(one.recipe, many.recipe);
  }
}

TEST(ProtectImage, TargetsAndReferralAreChecked) {
  Fixture f;
  f.options.goal = {GoalKind::Target, 1};
  EXPECT_EQ(f.protect().status, ProtectionStatus::Protected);
  f.options.goal = {GoalKind::Target, 0};
  const ProtectedImage own = f.protect();
  EXPECT_EQ(own.predictedAfter, (std::vector<int>{1, 1}));
  EXPECT_THAT(own.notes, ::testing::Contains(::testing::HasSubstr("TARGET_IS_LABEL")));
  f.options.goal = {GoalKind::Target, 2};
  EXPECT_THROW(f.protect(), Error);
  f.options.goal = {GoalKind::Referral, -1};
  EXPECT_THROW(f.protect(), Error);  // two grades, referable from 2: all on one side
}

TEST(ProtectImage, OptionsOfLayoutsNameTheField) {
  ProtectImageOptions options;
  options.logos = 3;
  options.reinforce.epsilon = 0.5;
  options.sizes = {{1, 10}};
  const auto issues = options.validate();
  ASSERT_EQ(issues.size(), 3U);
  EXPECT_EQ(issues[0].field, "sizes");
  EXPECT_EQ(issues[1].field, "logos");
  EXPECT_EQ(issues[2].field, "reinforce.epsilon");
  options = {};
  options.layout = Layout::Tiled;
  options.sizes = {{1, 12}};
  EXPECT_TRUE(options.validate().empty());
}

TEST(ProtectImage, LargeLogosAreLoweredToTheCoverageLimit) {
  Fixture f;
  f.options.sizes = {{1, 2}};
  const ProtectedImage lowered = f.protect();
  EXPECT_LE(lowered.visibility.coveredFieldOfView, kCoverageLimit);
  EXPECT_LT(lowered.size.value(), 0.5);
  f.options.coverageLimit.reset();
  const ProtectedImage large = f.protect();
  EXPECT_GT(large.visibility.coveredFieldOfView, kCoverageLimit);
  EXPECT_EQ(large.size, (SizeFactor{1, 2}));
}

TEST(ProtectImage, SizesAreTriedInOrder) {
  Fixture f;
  f.options.sizes = {{1, 8}, {1, 4}};
  at::Tensor weights = torch::zeros({2, 4, 4});
  weights[1][1][2] = 9;
  f.models = {std::make_shared<test::PatchMeanClassifier>(64, weights, std::vector<float>{5.5F, 0.F})};
  const ProtectedImage result = f.protect();
  // The small logo is too weak here; the larger one misleads the model.
  EXPECT_EQ(result.status, ProtectionStatus::Protected);
  EXPECT_EQ(result.size, (SizeFactor{1, 4}));
}

TEST(ProtectImage, AModelWithNotANumberIsAnErrorOfThisImage) {
  Fixture f;
  f.models.push_back(std::make_shared<test::PatchMeanClassifier>(32, torch::full({2, 2, 2}, NAN),
                                                                 std::vector<float>{1, 0}, "broken"));
  try {
    f.protect();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.context(), "broken");
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
  }
}

TEST(ProtectImage, ACancelledImageIsNotDeliveredHalfDone) {
  Fixture f;
  std::stop_source stop;
  stop.request_stop();
  f.protect();  // fills the input
  const ProtectedImage result =
      protectImage(f.input, f.logo, f.models, {}, f.options, RandomStream::fromSeed(1, "image"),
                   RunContext(stop.get_token(), nullptr));
  EXPECT_EQ(result.outcome, Outcome::Cancelled);
  EXPECT_TRUE(result.encoded.empty());
}

TEST(ProtectImage, ResidualPayloadRestoresToo) {
  Fixture f;
  f.options.residualPayload = true;
  f.options.search.opacityHigh = 0.5;
  const ProtectedImage result = f.protect();
  expectGuarantees(f, result);
}

TEST(ProtectImage, ALossyCodecIsJudgedByWhatItKeeps) {
  Fixture f;
  int decoded = 0;
  // An "encoder" that drops the two lowest bits.
  f.input.codec =
      OutputCodec{[](const data::Image& image) { return Bytes(image.bytes().begin(), image.bytes().end()); },
                  [&](ByteView bytes) {
                    ++decoded;
                    data::Image image(360, 330, 3);
                    for (std::size_t i = 0; i < bytes.size(); ++i) image.bytes()[i] = bytes[i] & 0xFC;
                    return image;
                  },
                  false};
  const ProtectedImage result = f.protect();
  EXPECT_EQ(decoded, 1);
  EXPECT_EQ(result.image.sample(180, 160, 0) % 4, 0);
  f.input.codec->lossless = true;
  EXPECT_THROW(f.protect(), Error);
}

TEST(ProtectImage, StreamsDependOnEveryPart) {
  const Digest hash{};
  Digest other{};
  other[0] = 1;
  const Bytes seed(32, 7);
  const auto first = [](RandomStream stream) { return stream.nextU64(); };
  const std::uint64_t base = first(imageStream(seed, hash, 0, 0, "search"));
  EXPECT_EQ(base, first(imageStream(seed, hash, 0, 0, "search")));
  EXPECT_NE(base, first(imageStream(Bytes(32, 8), hash, 0, 0, "search")));
  EXPECT_NE(base, first(imageStream(seed, other, 0, 0, "search")));
  EXPECT_NE(base, first(imageStream(seed, hash, 1, 0, "search")));
  EXPECT_NE(base, first(imageStream(seed, hash, 0, 1, "search")));
  EXPECT_NE(base, first(imageStream(seed, hash, 0, 0, "other")));
}

}  // namespace
}  // namespace medlocker::protect
