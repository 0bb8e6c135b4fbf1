// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/shared_batches.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <atomic>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/common/device.h"
#include "core/models/network.h"
#include "core/protect/forward_batch.h"
#include "tests/protect/search_scenes.h"

namespace medlocker::protect {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

/// A linear function of every row that watches how it is called.
class WatchedClassifier : public models::Classifier {
 public:
  explicit WatchedClassifier(int side, const std::string& arch = "analytic") {
    info_.name = "watched";
    info_.arch = arch;
    info_.sha256 = std::string(64, 'b');
    info_.classes = {"a", "b", "c"};
    info_.inputSize = side;
    weights_ = torch::linspace(-1, 1, 3 * 3 * side * side).reshape({3, -1});
  }
  const models::ModelInfo& info() const override { return info_; }
  DeviceKind device() const override { return DeviceKind::Cpu; }
  at::Tensor logits(const at::Tensor& images) const override {
    EXPECT_EQ(++inside, 1) << "two forward passes at a time";
    EXPECT_EQ(images.size(0), forwardBatch(DeviceKind::Cpu));
    if (onPass) onPass(images);
    --inside;
    // Row by row, so that equal bytes do not hang on a matrix product's kernels.
    return (images.flatten(1).unsqueeze(1) * weights_).sum(2);
  }

  std::function<void(const at::Tensor&)> onPass;
  mutable std::atomic<int> inside{0};

 private:
  models::ModelInfo info_;
  at::Tensor weights_;
};

at::Tensor noise(std::int64_t rows, int side, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  return torch::rand({rows, 3, side, side}, generator);
}

models::ClassifierPtr smallNetwork(const std::string& arch, int side) {
  torch::manual_seed(5);
  models::ModelInfo info;
  info.name = info.arch = arch;
  info.sha256 = std::string(64, 'c');
  info.classes = {"0", "1", "2", "3", "4"};
  info.inputSize = side;
  return models::makeClassifier(models::makeNetwork(arch, {.outputs = 5, .inputSize = side}), info,
                                DeviceKind::Cpu);
}

TEST(SharedBatches, OneSearchAloneFillsItsBatchesUp) {
  const WatchedClassifier model(4);
  SharedBatches batches;
  BatchParticipant search(batches);
  for (const std::int64_t rows : {1, 7, 8, 9, 21}) {
    const at::Tensor images = noise(rows, 4, 1);
    EXPECT_TRUE(torch::equal(search.logits(model, images, true), batchedLogits(model, images, true)));
  }
  EXPECT_EQ(batches.counts().passes, 1 + 1 + 1 + 2 + 3);
  EXPECT_EQ(batches.counts().rows, 64);
  EXPECT_EQ(batches.counts().filled, 7 + 1 + 0 + 7 + 3);
}

TEST(SharedBatches, RowsOfTwoSearchesShareAPass) {
  const WatchedClassifier model(4);
  SharedBatches batches(1, kUnlimited);
  BatchParticipant first(batches);
  BatchParticipant second(batches);
  const at::Tensor images = noise(8, 4, 2);
  auto other =
      std::async(std::launch::async, [&] { return second.logits(model, images.narrow(0, 3, 5), true); });
  const at::Tensor mine = first.logits(model, images.narrow(0, 0, 3), true);
  EXPECT_TRUE(torch::equal(torch::cat({mine, other.get()}, 0), batchedLogits(model, images, true)));
  EXPECT_EQ(batches.counts().passes, 1);
  EXPECT_EQ(batches.counts().filled, 0);
}

TEST(SharedBatches, FastAndExactRowsAndModelsNeverMix) {
  const WatchedClassifier model(4);
  const WatchedClassifier larger(6);
  struct Question {
    const WatchedClassifier* model;
    at::Tensor images;
    bool exact;
    at::Tensor expected;
  };
  std::vector<Question> questions{{&model, noise(2, 4, 1), false, {}},
                                  {&model, noise(2, 4, 2), true, {}},
                                  {&larger, noise(2, 6, 3), true, {}}};
  for (Question& q : questions) q.expected = batchedLogits(*q.model, q.images, q.exact);
  SharedBatches batches(1, kUnlimited);
  std::vector<std::unique_ptr<BatchParticipant>> searches;
  for (std::size_t i = 0; i < questions.size(); ++i)
    searches.push_back(std::make_unique<BatchParticipant>(batches));
  std::vector<std::future<void>> asked;
  for (std::size_t i = 0; i < questions.size(); ++i)
    asked.push_back(std::async(std::launch::async, [&, i] {
      const Question& q = questions[i];
      EXPECT_TRUE(torch::equal(searches[i]->logits(*q.model, q.images, q.exact), q.expected));
      searches[i].reset();
    }));
  for (std::future<void>& one : asked) one.get();
  EXPECT_EQ(batches.counts().passes, 3);
  EXPECT_EQ(batches.counts().filled, 18);
}

/// Any number of searches that send requests of all sizes to two models get what each would get alone.
void expectTheSameBytes(const std::vector<models::ClassifierPtr>& models, int side, int searches,
                        int requests, int lanes) {
  torch::set_num_threads(1);  // as the searches below: another number may round differently
  std::vector<std::vector<at::Tensor>> alone(static_cast<std::size_t>(searches));
  const auto rowsOf = [](int search, int request) { return 1 + (search * 7 + request * 5) % 19; };
  const auto seedOf = [](int search, int request) {
    return static_cast<std::uint64_t>(search * 100 + request);
  };
  for (int s = 0; s < searches; ++s)
    for (int r = 0; r < requests; ++r)
      alone[static_cast<std::size_t>(s)].push_back(
          batchedLogits(*models[static_cast<std::size_t>(r) % models.size()],
                        noise(rowsOf(s, r), side, seedOf(s, r)), r % 3 == 0));
  SharedBatches batches(lanes);
  std::vector<std::future<void>> threads;
  for (int s = 0; s < searches; ++s)
    threads.push_back(std::async(std::launch::async, [&, s] {
      torch::set_num_threads(1);
      BatchParticipant search(batches);
      for (int r = 0; r < requests; ++r)
        EXPECT_TRUE(torch::equal(search.logits(*models[static_cast<std::size_t>(r) % models.size()],
                                               noise(rowsOf(s, r), side, seedOf(s, r)), r % 3 == 0),
                                 alone[static_cast<std::size_t>(s)][static_cast<std::size_t>(r)]))
            << "search " << s << " request " << r;
    }));
  for (std::future<void>& thread : threads) thread.get();
  std::int64_t rows = 0;
  for (int s = 0; s < searches; ++s)
    for (int r = 0; r < requests; ++r) rows += rowsOf(s, r);
  EXPECT_EQ(batches.counts().rows - batches.counts().filled, rows);
  EXPECT_EQ(batches.counts().rows, batches.counts().passes * forwardBatch(DeviceKind::Cpu));
}

TEST(SharedBatches, NumberOfSearchesAndLanesChangesNoByte) {
  const auto watched = [] { return std::make_shared<WatchedClassifier>(6); };
  const models::ClassifierPtr residual = smallNetwork("resnet8", 16);
  const models::ClassifierPtr mobile = smallNetwork("mobilenet_v2_small", 16);
  for (const int searches : {1, 2, 4}) {
    SCOPED_TRACE(searches);
    expectTheSameBytes({watched(), watched()}, 6, searches, 40, 1);
    expectTheSameBytes({residual, mobile}, 16, searches, 4, searches == 1 ? 1 : 2);
  }
}

/// What sharing rests on: neither the place in a batch of fixed size nor the other rows change a row's bytes.
TEST(SharedBatches, ARowDependsOnItselfAlone) {
  const std::vector<std::pair<std::string, int>> networks{
      {"resnet8", 32}, {"mobilenet_v2_small", 16}, {"aw_resnet8", 16}};
  const std::int64_t batch = forwardBatch(DeviceKind::Cpu);
  for (const auto& [arch, side] : networks) {
    const models::ClassifierPtr model = smallNetwork(arch, side);
    const at::Tensor rows = noise(batch, side, 9);
    for (const int threads : {1, 2}) {
      torch::set_num_threads(threads);
      for (const bool exact : {true, false}) {
        const at::Tensor expected = forwardWholeBatch(*model, rows, exact);
        constexpr std::int64_t kShift = 5;
        at::Tensor company = torch::roll(rows, kShift, 0);
        company.narrow(0, kShift + 2, 1).copy_(noise(1, side, 77));
        const at::Tensor got = torch::roll(forwardWholeBatch(*model, company, exact), -kShift, 0);
        for (std::int64_t row = 0; row < batch; ++row) {
          if (row == 2) continue;
          EXPECT_TRUE(torch::equal(got[row], expected[row]))
              << arch << (exact ? " exact" : " fast") << " threads " << threads << " row " << row;
        }
      }
    }
  }
  torch::set_num_threads(1);
}

/// The same bytes whether the passes of a call run one after another, side by side, or in the lanes of a run.
TEST(BatchedLogits, NumberOfThreadsChangesNoByte) {
  for (const std::string arch : {"resnet8", "mobilenet_v2_small"}) {
    const models::ClassifierPtr model = smallNetwork(arch, 16);
    for (const int rows : {3, 8, 29}) {
      const at::Tensor images = noise(rows, 16, 21);
      for (const bool exact : {true, false}) {
        setComputeThreads(1);
        const at::Tensor expected = batchedLogits(*model, images, exact);
        SharedBatches lanes(2, kUnlimited);
        BatchParticipant search(lanes);
        for (const int threads : {2, 3}) {
          setComputeThreads(threads);
          EXPECT_TRUE(torch::equal(batchedLogits(*model, images, exact), expected)) << arch << " " << rows;
          EXPECT_EQ(computeThreads(), threads);
        }
        EXPECT_TRUE(torch::equal(batchedLogits(*model, images, exact, &search), expected))
            << arch << " " << rows;
      }
    }
  }
  setComputeThreads(1);
}

TEST(SharedBatches, AFailureReachesEverySearchInThePass) {
  WatchedClassifier broken(4);
  broken.onPass = [&](const at::Tensor&) {
    --broken.inside;
    throw Error(ErrorCode::InputRejected, "broken model");
  };
  const WatchedClassifier whole(4);
  SharedBatches batches(1, kUnlimited);
  BatchParticipant first(batches);
  BatchParticipant second(batches);
  auto other = std::async(std::launch::async, [&] { return second.logits(broken, noise(6, 4, 1), true); });
  EXPECT_THROW(first.logits(broken, noise(2, 4, 2), true), Error);
  EXPECT_THROW(other.get(), Error);
  EXPECT_EQ(batches.counts().passes, 1);
  // Both go on afterwards.
  auto again = std::async(std::launch::async, [&] { return second.logits(whole, noise(6, 4, 1), true); });
  EXPECT_EQ(first.logits(whole, noise(2, 4, 2), true).size(0), 2);
  EXPECT_EQ(again.get().size(0), 6);
}

TEST(SharedBatches, AFailureWaitsForOtherPassesOfTheSameRows) {
  // Two lanes work on one request; only one of its passes fails.
  class EveryThird : public WatchedClassifier {
   public:
    using WatchedClassifier::WatchedClassifier;
    at::Tensor logits(const at::Tensor& images) const override {
      if (++passes % 3 == 0) throw Error(ErrorCode::InputRejected, "broken model");
      return torch::zeros({images.size(0), 3});
    }
    mutable std::atomic<int> passes{0};
  };
  const EveryThird model(4);
  SharedBatches batches(2);
  std::vector<std::future<int>> searches;
  for (int s = 0; s < 3; ++s)
    searches.push_back(std::async(std::launch::async, [&] {
      BatchParticipant search(batches);
      int failures = 0;
      for (int i = 0; i < 20; ++i) try {
          EXPECT_EQ(search.logits(model, noise(1 + 9 * (i % 5), 4, 1), true).size(0), 1 + 9 * (i % 5));
        } catch (const Error&) {
          ++failures;
        }
      return failures;
    }));
  for (auto& search : searches) EXPECT_GT(search.get(), 0);
}

TEST(SharedBatches, ASearchThatEndsIsNotWaitedFor) {
  WatchedClassifier model(4);
  std::atomic<bool> ended{false};
  model.onPass = [&](const at::Tensor&) { EXPECT_TRUE(ended) << "a short batch did not wait"; };
  SharedBatches batches(1, kUnlimited);
  BatchParticipant search(batches);
  auto other = std::make_unique<BatchParticipant>(batches);
  auto asked = std::async(std::launch::async, [&] { return search.logits(model, noise(3, 4, 1), true); });
  ended = true;
  other.reset();
  EXPECT_EQ(asked.get().size(0), 3);
}

TEST(SharedBatches, ASearchThatNeverAsksDelaysNobodyForEver) {
  const WatchedClassifier model(4);
  SharedBatches batches;
  BatchParticipant search(batches);
  const BatchParticipant idle(batches);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(search.logits(model, noise(3, 4, 1), true).size(0), 3);
  EXPECT_EQ(batches.counts().passes, 5);
}

TEST(SharedBatches, ModelsFromElsewhereSeeOneSearchOnly) {
  const WatchedClassifier model(4, "torchscript");
  SharedBatches batches(1, kUnlimited);
  BatchParticipant search(batches);
  const BatchParticipant idle(batches);
  const at::Tensor images = noise(3, 4, 1);
  EXPECT_TRUE(torch::equal(search.logits(model, images, true), batchedLogits(model, images, true)));
  EXPECT_EQ(batches.counts().filled, 5);
}

TEST(SharedBatches, SearchesThatShareFindWhatTheyFindAlone) {
  const test::PixelScene scene;
  const auto searchWith = [&](std::uint64_t seed, BatchParticipant* shared) {
    ModelScorer scorer = scene.scorer(3, shared);
    return searchPlacement(test::plainOptions(60), scene.plan->working, scorer,
                           RandomStream::fromSeed(seed, "share"));
  };
  SharedBatches batches;
  std::vector<std::future<SearchResult>> together;
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    together.push_back(std::async(std::launch::async, [&, seed] {
      torch::set_num_threads(1);
      BatchParticipant participant(batches);
      return searchWith(seed, &participant);
    }));
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const SearchResult shared = together[seed].get();
    const SearchResult alone = searchWith(seed, nullptr);
    EXPECT_EQ(shared.placement, alone.placement);
    EXPECT_EQ(shared.score.objective, alone.score.objective);
    EXPECT_EQ(shared.score.margins.values, alone.score.margins.values);
    EXPECT_EQ(shared.evaluations, alone.evaluations);
  }
}

}  // namespace
}  // namespace medlocker::protect
