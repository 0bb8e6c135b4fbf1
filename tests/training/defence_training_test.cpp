// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/defence_training.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/attacks/defences/learned_networks.h"
#include "tests/support/temp_folder.h"
#include "tests/training/synthetic.h"

namespace medlocker::training {
namespace {

using attacks::LearnedDefenceKind;

constexpr int kSide = 16;

models::ClassifierPtr classifier(int side = kSide) {
  class Averages : public models::Classifier {
   public:
    explicit Averages(int inputSize) {
      info_.name = "averages";
      info_.arch = "analytic";
      info_.sha256 = std::string(64, 'b');
      info_.classes = {"a", "b", "c", "d"};
      info_.inputSize = inputSize;
    }
    const models::ModelInfo& info() const override { return info_; }
    DeviceKind device() const override { return DeviceKind::Cpu; }
    at::Tensor logits(const at::Tensor& images) const override {
      return 8 * torch::adaptive_avg_pool2d(images.mean(1, true), {2, 2}).flatten(1);
    }

   private:
    models::ModelInfo info_;
  };
  return std::make_shared<Averages>(side);
}

DefenceTrainingOptions small(LearnedDefenceKind kind) {
  DefenceTrainingOptions options;
  options.kind = kind;
  options.epochs = 2;
  options.batchSize = 4;
  options.attackSteps = 2;
  options.seed = 3;
  return options;
}

bool equalWeights(const models::Network& a, const models::Network& b) {
  const auto left = models::stateDict(a), right = models::stateDict(b);
  for (std::size_t i = 0; i < left.size(); ++i)
    if (!torch::equal(left[i].second, right[i].second)) return false;
  return left.size() == right.size();
}

/// Stops after so many reports.
RunContext stoppingAfter(int reports) {
  class Stopper : public ProgressSink {
   public:
    Stopper(std::stop_source source, int left) : source_(std::move(source)), left_(left) {}
    void report(const Progress&) override {
      if (--left_ == 0) source_.request_stop();
    }

   private:
    std::stop_source source_;
    int left_;
  };
  std::stop_source source;
  return {source.get_token(), std::make_shared<Stopper>(source, reports)};
}

class DefenceTraining : public testing::TestWithParam<LearnedDefenceKind> {};

TEST_P(DefenceTraining, ResumesToTheSameWeights) {
  const auto data = test::squareSet(8, kSide, 4, 1);
  const DefenceTrainingOptions options = small(GetParam());
  const test::TempFolder whole, cut;
  const auto expected =
      trainDefence(options, data.cache, data.items, classifier(), {{"set", 1}}, whole.path(), false, {});
  ASSERT_EQ(expected.outcome, Outcome::Completed);
  ASSERT_EQ(expected.history.size(), 2U);
  const auto stopped =
      trainDefence(options, data.cache, data.items, classifier(), {{"set", 1}}, cut.path(), false,
                   stoppingAfter(3));  // in the second epoch of two steps each
  EXPECT_EQ(stopped.outcome, Outcome::Cancelled);
  EXPECT_EQ(stopped.history.size(), 1U);
  const auto resumed =
      trainDefence(options, data.cache, data.items, classifier(), {{"set", 1}}, cut.path(), true, {});
  EXPECT_EQ(resumed.outcome, Outcome::Completed);
  EXPECT_TRUE(equalWeights(*resumed.network, *expected.network));
  DefenceTrainingOptions other = options;
  other.learningRate = 1e-4;
  EXPECT_THROW(trainDefence(other, data.cache, data.items, classifier(), {{"set", 1}}, cut.path(), true, {}),
               Error);
}

INSTANTIATE_TEST_SUITE_P(Kinds, DefenceTraining,
                         testing::Values(LearnedDefenceKind::Hgd, LearnedDefenceKind::ComDefend,
                                         LearnedDefenceKind::Nrp),
                         [](const auto& tested) { return std::string(attacks::toString(tested.param)); });

TEST(DefenceTrainingRun, LowersItsLoss) {
  const auto data = test::squareSet(16, kSide, 4, 1);
  DefenceTrainingOptions options = small(LearnedDefenceKind::Hgd);
  options.epochs = 6;
  const test::TempFolder folder;
  const auto result =
      trainDefence(options, data.cache, data.items, classifier(), {}, folder.path(), false, {});
  EXPECT_LT(result.history.back().loss, result.history.front().loss);
}

TEST(DefenceTrainingRun, NeedsAClassifierOfItsSize) {
  const auto data = test::squareSet(8, kSide, 4, 1);
  const test::TempFolder folder;
  EXPECT_THROW(trainDefence(small(LearnedDefenceKind::Hgd), data.cache, data.items, nullptr, {},
                            folder.path(), false, {}),
               Error);
  EXPECT_THROW(trainDefence(small(LearnedDefenceKind::Nrp), data.cache, data.items, classifier(32), {},
                            folder.path(), false, {}),
               Error);
  DefenceTrainingOptions bad = small(LearnedDefenceKind::ComDefend);
  bad.batchSize = 1;
  ASSERT_EQ(bad.validate().size(), 1U);
  EXPECT_EQ(bad.validate()[0].field, "batch");
}

}  // namespace
}  // namespace medlocker::training
