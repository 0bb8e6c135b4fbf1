// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/transfer_attack.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <set>

#include "core/attacks/transfer/gradient_views.h"
#include "core/attacks/transfer/source_ensemble.h"
#include "core/attacks/transfer/transfer_family.h"
#include "tests/attacks/linear_model.h"
#include "tests/attacks/tiny_classifier.h"

namespace medlocker::attacks {
namespace {

using test::someImages;
using test::tinyClassifier;

constexpr int kSide = 16;

AttackBatch batchOf(std::int64_t count, std::uint64_t seed = 1) {
  AttackBatch batch;
  batch.images = someImages({count, 3, kSide, kSide}, seed);
  batch.labels = torch::arange(count) % 3;
  for (std::int64_t i = 0; i < count; ++i) batch.samples.push_back(100 + i);
  return batch;
}

at::Tensor attacked(const TransferOptions& options, const AttackBatch& batch,
                    TransferResources resources = {}, std::uint64_t seed = 5) {
  Target target = sourceTarget(tinyClassifier(kSide, 1));
  return TransferAttack(options, std::move(resources))
      .perturb(target, {batch, target.exactLogits(batch.images), seed})
      .images;
}

TransferOptions quick(std::string_view name) {
  TransferOptions options = parseTransferAttack(name);
  options.steps = 3;
  if (options.variance) options.variance->neighbours = 2;
  if (options.flatness) options.flatness->neighbours = 2;
  return options;
}

MaskSearchOptions quickSearch() {
  MaskSearchOptions search;
  search.population = 4;
  search.generations = 1;
  search.innerSteps = 2;
  search.masksPerStep = 3;
  return search;
}

TEST(TransferNames, CombineParts) {
  EXPECT_EQ(transferAttackName(parseTransferAttack("MI-DI-TI")), "mi+di+ti");
  EXPECT_EQ(transferAttackName(parseTransferAttack("lpm+mi+di")), "lpm+mi+di");
  EXPECT_EQ(transferAttackName(parseTransferAttack("random-mask+mi")), "random-mask+mi");
  EXPECT_EQ(transferAttackName(parseTransferAttack("mi-fgsm")), "mi");
  EXPECT_EQ(transferAttackName(parseTransferAttack("DTS")), "mi+di+ti+si");
  EXPECT_EQ(transferAttackName(parseTransferAttack("VMI-DTS")), "mi+di+ti+si+vt");
  EXPECT_EQ(transferAttackName(parseTransferAttack("VNI")), "ni+vt");
  EXPECT_EQ(transferAttackName(parseTransferAttack("Admix-DT")), "admix+di+ti");
  EXPECT_EQ(transferAttackName(parseTransferAttack("LPM-PGN")), "lpm+pgn");
  EXPECT_EQ(transferAttackName(parseTransferAttack("ens+ni")), "ens+ni");
  EXPECT_EQ(transferAttackName(parseTransferAttack("di-fgsm")), "di");
  EXPECT_FALSE(parseTransferAttack("di").momentum);
  EXPECT_TRUE(parseTransferAttack("mi+di").momentum);
  EXPECT_DOUBLE_EQ(parseTransferAttack("mi+di").diversity->probability, 0.5);
  EXPECT_DOUBLE_EQ(parseTransferAttack("mi+di+ti").diversity->probability, 0.7);
  // The canonical name is read back as the same attack.
  for (const char* name : {"ens+lpm+ni+di+ti+si+vt", "random-mask+admix+di", "pgn", "i", "lpm+i"})
    EXPECT_EQ(transferAttackName(parseTransferAttack(name)), name);
}

TEST(TransferNames, RefuseUnknownParts) {
  EXPECT_THROW(parseTransferAttack("mi+xx"), Error);
  EXPECT_THROW(parseTransferAttack(""), Error);
  EXPECT_THROW(parseTransferAttack("si+admix"), Error);
  EXPECT_THROW(parseTransferAttack("pgn+vt"), Error);
}

TEST(TransferNames, AreKnownToTheListOfAllAttacks) {
  AttackSettings settings;
  settings.threat.epsilon = 4.0 / 255;
  settings.steps = 7;
  EXPECT_EQ(makeAttack("mi-fgsm", settings)->id(), "mi");
  EXPECT_EQ(makeAttack("mi+di+ti", settings)->parameters()["steps"], 7);
  EXPECT_DOUBLE_EQ(makeAttack("vmi-fgsm", settings)->threat().epsilon, 4.0 / 255);
  for (const AttackListing& listing : listTransferAttacks())
    EXPECT_NO_THROW(makeAttack(listing.name, settings));
  EXPECT_EQ(makeAttack("i-fgsm", settings)->id(), "i-fgsm");
  EXPECT_THROW(makeAttack("lpm+mi", settings), Error);
  EXPECT_THROW(makeAttack("ens+mi", settings), Error);
  settings.threat.norm = Norm::L2;
  EXPECT_THROW(makeAttack("mi-fgsm", settings), Error);
}

TEST(TransferOptions, NameTheInvalidField) {
  TransferOptions options;
  EXPECT_TRUE(options.validate().empty());
  options.steps = 0;
  options.translation = TranslationOptions{KernelShape::Gaussian, 4};
  const auto issues = options.validate();
  ASSERT_EQ(issues.size(), 2U);
  EXPECT_EQ(issues[0].field, "steps");
  EXPECT_EQ(issues[1].field, "translation.size");
}

/// Property 7: neutral settings of every plug-in give MI, bit for bit.
TEST(TransferAttack, NeutralPlugInsEqualMomentumExactly) {
  const AttackBatch batch = batchOf(4);
  TransferOptions plain;
  plain.momentum = 1.0;
  plain.steps = 5;
  const at::Tensor expected = attacked(plain, batch);
  EXPECT_GT((expected - batch.images).abs().max().item<float>(), 0.02F);
  for (const char* preset : {"MI", "MI-DI", "MI-TI", "MI-SI", "DTS", "VMI", "VMI-DTS", "Admix-DT", "PGN"}) {
    for (const bool masked : {false, true}) {
      TransferOptions options = parseTransferAttack(preset);
      options.steps = plain.steps;
      if (options.diversity) options.diversity->probability = 0;
      if (options.translation) options.translation->size = 1;
      if (options.scale) options.scale->copies = 1;
      if (options.admix) options.admix = AdmixOptions{1, 3, 0};
      if (options.variance) options.variance->neighbours = 0;
      if (options.flatness) options.flatness->neighbours = 0;
      TransferResources resources;
      if (masked) {
        options.masks = MaskKind::Learned;
        resources.search.masksPerStep = 1;
        resources.searched.emplace();
        const PatchGeometry geometry = geometryFor(resources.search, batch.images);
        for (std::int64_t i = 0; i < batch.size(); ++i) {
          MaskSearchResult open;
          open.population.push_back({PatchGenes(static_cast<std::size_t>(geometry.patches()), 1)});
          resources.searched->push_back(open);
        }
      }
      EXPECT_TRUE(torch::equal(attacked(options, batch, resources), expected))
          << preset << (masked ? " under open masks" : "");
    }
  }
}

TEST(TransferAttack, LookAheadWithoutMomentumIsPlain) {
  const AttackBatch batch = batchOf(3);
  TransferOptions ni = quick("ni");
  ni.momentum = 0.0;
  TransferOptions mi = quick("mi");
  mi.momentum = 0.0;
  EXPECT_TRUE(torch::equal(attacked(ni, batch), attacked(mi, batch)));
  EXPECT_FALSE(torch::equal(attacked(quick("ni"), batch), attacked(quick("mi"), batch)));
}

/// Property 1 and, in the same go, that every plug-in changes something.
TEST(TransferAttack, StaysWithinBudgetAndBox) {
  const AttackBatch batch = batchOf(3);
  const at::Tensor plain = attacked(quick("mi"), batch);
  for (const char* name :
       {"di", "ti", "mi+di", "mi+ti", "mi+si", "admix", "vmi", "vni", "pgn", "mi+di+ti+si", "random-mask+mi"})
    for (const double epsilon : {0.0, 1.0 / 255, 8.0 / 255, 1.0}) {
      TransferOptions options = quick(name);
      options.epsilon = epsilon;
      const at::Tensor images = attacked(options, batch, {.search = quickSearch()});
      EXPECT_LE((images - batch.images).abs().max().item<double>(), epsilon + 1e-6) << name;
      EXPECT_GE(images.min().item<float>(), 0.0F) << name;
      EXPECT_LE(images.max().item<float>(), 1.0F) << name;
      EXPECT_EQ(torch::equal(images, batch.images), epsilon == 0) << name;
      EXPECT_FALSE(epsilon == 8.0 / 255 && torch::equal(images, plain)) << name;
    }
}

/// Property 4; Admix mixes images of the batch in and is left out. Tolerance: sums of a convolution may round
/// differently for another batch size, which can turn the sign of a vanishing gradient; the tiny network has
/// none that small.
TEST(TransferAttack, DoesNotDependOnTheBatch) {
  const AttackBatch whole = batchOf(8);
  for (const char* name : {"mi", "ni", "mi+di+ti+si", "vmi", "pgn", "random-mask+mi", "lpm+mi+di"}) {
    const TransferOptions options = quick(name);
    TransferResources resources;
    resources.search = quickSearch();
    resources.simulated = {tinyClassifier(kSide, 7)};
    const at::Tensor together = attacked(options, whole, resources);
    resources.search.maxRows = 3;
    for (const std::int64_t size : {1, 3}) {
      std::vector<at::Tensor> parts;
      for (std::int64_t begin = 0; begin < whole.size(); begin += size)
        parts.push_back(attacked(
            options, whole.select(torch::arange(begin, std::min(begin + size, whole.size()))), resources));
      EXPECT_LE((torch::cat(parts) - together).abs().max().item<double>(), 1e-5) << name << ", " << size;
    }
  }
}

TEST(TransferAttack, RepeatsWithItsSeedAndDiffersWithAnother) {
  const AttackBatch batch = batchOf(3);
  const TransferOptions options = quick("vmi");
  EXPECT_TRUE(torch::equal(attacked(options, batch, {}, 5), attacked(options, batch, {}, 5)));
  EXPECT_FALSE(torch::equal(attacked(options, batch, {}, 5), attacked(options, batch, {}, 6)));
}

/// Property 2: the linear oracle. m = 0.5, ||w||_1 = 3.5, so epsilon 0.1 leaves a margin of 0.15.
TEST(TransferAttack, ReachesTheLinearOptimum) {
  AttackBatch batch;
  batch.images = torch::full({1, 3, 1, 1}, 0.5);
  batch.labels = torch::zeros({1}, torch::kInt64);
  batch.samples = {0};
  const at::Tensor w = torch::tensor({2.0F, -1.0F, 0.5F});
  Target target = test::marginTarget(w, -0.25);
  for (const char* name : {"mi", "ni", "vmi", "mi+si", "pgn"}) {
    TransferOptions options = parseTransferAttack(name);
    options.epsilon = 0.1;
    const AttackResult result = TransferAttack(options).run(target, batch, 3);
    const double margin = torch::dot(w, result.images.flatten()).item<double>() - 0.25;
    EXPECT_NEAR(margin, 0.15, 1e-5) << name;
  }
}

TEST(TransferAttack, LeavesMisclassifiedImagesAloneInRunOnly) {
  const AttackBatch batch = batchOf(8);
  Target target = sourceTarget(tinyClassifier(kSide, 1));
  const TransferAttack attack(quick("mi"));
  const AttackResult result = attack.run(target, batch, 5);
  ASSERT_GT(result.cleanWrong.sum().item<std::int64_t>(), 0);
  const at::Tensor everywhere = attack.perturb(target, {batch, target.exactLogits(batch.images), 5}).images;
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const bool wrong = result.cleanWrong[i].item<bool>();
    EXPECT_EQ(torch::equal(result.images[i], batch.images[i]), wrong);
    EXPECT_FALSE(torch::equal(everywhere[i], batch.images[i]));
  }
}

TEST(TransferAttack, LowersTheLossOfATarget) {
  const AttackBatch batch = batchOf(4);
  TransferOptions options = quick("mi");
  options.targeted = true;
  Target target = sourceTarget(tinyClassifier(kSide, 1));
  const at::Tensor images = attacked(options, batch);
  const at::Tensor before = crossEntropyLoss(target.exactLogits(batch.images), batch.labels);
  const at::Tensor after = crossEntropyLoss(target.exactLogits(images), batch.labels);
  EXPECT_TRUE((after < before).all().item<bool>());
}

TEST(TransferAttack, CountsPassesPerImage) {
  const AttackBatch batch = batchOf(3);
  const auto backwardsOf = [&](const TransferOptions& options) {
    Target target = sourceTarget(tinyClassifier(kSide, 1));
    TransferAttack(options).perturb(target, {batch, {}, 0});
    return target.counts().backwards;
  };
  EXPECT_EQ(backwardsOf(quick("mi")), 3 * 3);
  EXPECT_EQ(backwardsOf(quick("mi+si")), 3 * 3 * 5);
  EXPECT_EQ(backwardsOf(quick("admix")), 3 * 3 * 15);
  EXPECT_EQ(backwardsOf(quick("vmi")), 3 * 3 * (1 + 2));
  EXPECT_EQ(backwardsOf(quick("pgn")), 3 * 3 * 4);
}

TEST(TransferAttack, AdmixSaysWhereItFindsNoOtherClass) {
  AttackBatch batch = batchOf(2);
  batch.labels = torch::zeros({2}, torch::kInt64);
  Target target = sourceTarget(tinyClassifier(kSide, 1));
  const Perturbation answer = TransferAttack(quick("admix")).perturb(target, {batch, {}, 0});
  ASSERT_EQ(answer.warnings.size(), 1U);
  TransferOptions si = quick("mi+si");
  Target same = sourceTarget(tinyClassifier(kSide, 1));
  // Three identical views per scale are averaged: equal up to rounding before the sign is taken.
  EXPECT_LE(
      (answer.images - TransferAttack(si).perturb(same, {batch, {}, 0}).images).abs().mean().item<float>(),
      1e-4F);
}

TEST(TransferAttack, LearnedMasksNeedAJudge) {
  EXPECT_THROW(TransferAttack(quick("lpm+mi")), Error);
  EXPECT_NO_THROW(TransferAttack(quick("random-mask+mi")));
}

TEST(SourceEnsemble, OfOneModelIsThatModel) {
  const at::Tensor images = batchOf(3).images;
  const auto model = tinyClassifier(kSide, 1);
  EXPECT_TRUE(torch::equal(sourceTarget(model).logits(images), model->logits(images)));
}

TEST(SourceEnsemble, FusesAsTheFormulasSay) {
  const at::Tensor a = torch::tensor({{2.0F, 0.0F, 1.0F}}), b = torch::tensor({{0.0F, 1.0F, 0.0F}});
  const at::Tensor label = torch::zeros({1}, torch::kInt64);
  const std::vector<double> weights{0.25, 0.75};
  const auto lossOf = [&](Fusion fusion) {
    return fusionLoss(fusion)(fuseScores({a, b}, weights, fusion), label).item<double>();
  };
  const double ceA = crossEntropyLoss(a, label).item<double>(),
               ceB = crossEntropyLoss(b, label).item<double>();
  EXPECT_NEAR(lossOf(Fusion::Loss), 0.25 * ceA + 0.75 * ceB, 1e-6);
  EXPECT_NEAR(lossOf(Fusion::Probability), -std::log(0.25 * std::exp(-ceA) + 0.75 * std::exp(-ceB)), 1e-6);
  EXPECT_NEAR(lossOf(Fusion::Logits), crossEntropyLoss(0.25 * a + 0.75 * b, label).item<double>(), 1e-6);
}

TEST(SourceEnsemble, TakesModelsOfDifferentInputSizes) {
  const AttackBatch batch = batchOf(3);
  for (const Fusion fusion : {Fusion::Logits, Fusion::Loss, Fusion::Probability}) {
    Target target =
        ensembleTarget({tinyClassifier(kSide, 1), tinyClassifier(11, 2), tinyClassifier(23, 3)}, fusion);
    TransferOptions options = quick("mi+di");
    options.fusion = fusion;
    const LossFunction loss = fusionLoss(fusion);
    const at::Tensor before = loss(target.exactLogits(batch.images), batch.labels);
    const at::Tensor images = TransferAttack(options).perturb(target, {batch, {}, 0}).images;
    EXPECT_TRUE((loss(target.exactLogits(images), batch.labels) > before).all().item<bool>());
  }
  EXPECT_THROW(ensembleTarget({tinyClassifier(kSide, 1, 3), tinyClassifier(kSide, 2, 4)}, Fusion::Logits),
               Error);
}

TEST(InputDiversity, KeepsSizeAndDrawsEverySize) {
  const DiversityGeometry geometry = diversityGeometry(32, 1.1);
  EXPECT_TRUE(diversityGeometry(32, 1.0).identity());
  const at::Tensor images = someImages({2, 3, 32, 32}, 3);
  std::set<int> sizes;
  RandomStream stream = RandomStream::fromSeed(1, "test");
  for (int i = 0; i < 60; ++i) {
    const DiversityDraw draw = drawDiversity(geometry, 1.0, stream);
    sizes.insert(draw.size);
    EXPECT_EQ(applyDiversity(images, geometry, draw, true).size(2), 32);
    EXPECT_EQ(applyDiversity(images, geometry, draw, false).size(2), 35);
  }
  EXPECT_EQ(sizes, (std::set<int>{32, 33, 34}));
  EXPECT_FALSE(drawDiversity(geometry, 0.0, stream).apply);
}

}  // namespace
}  // namespace medlocker::attacks
