// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/shared_batch_norm.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/models/layers.h"

namespace medlocker::models {
namespace {

/// Two threads as two processes: each waits for the other's part.
class TwoSums {
 public:
  void sum(at::Tensor& value) {
    std::unique_lock lock(mutex_);
    const int round = round_;
    total_ = waiting_ == 0 ? value.clone() : total_ + value;
    if (++waiting_ == 2) {
      waiting_ = 0;
      ++round_;
      done_ = total_;
      met_.notify_all();
    } else {
      met_.wait(lock, [&] { return round_ != round; });
    }
    value.copy_(done_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable met_;
  at::Tensor total_, done_;
  int waiting_ = 0, round_ = 0;
};

TEST(SharedBatchNorm, TwoPartsGiveWhatTheWholeBatchGives) {
  torch::manual_seed(3);
  const at::Tensor whole = torch::randn({6, 4, 5, 5}) * 2 + 1;
  const at::Tensor out = torch::randn({6, 4, 5, 5});
  BatchNorm reference(4);
  {
    const torch::NoGradGuard noGrad;
    reference->weight.copy_(torch::rand({4}) + 0.5);
    reference->bias.copy_(torch::rand({4}));
  }
  at::Tensor x = whole.clone().requires_grad_();
  const at::Tensor expected = reference->forward(x);
  (expected * out).sum().backward();

  TwoSums sums;
  const SumOverProcesses sum = [&sums](at::Tensor& value) { sums.sum(value); };
  const std::array<std::pair<std::int64_t, std::int64_t>, 2> parts{{{0, 2}, {2, 6}}};
  std::array<at::Tensor, 2> results, inputs;
  std::vector<BatchNorm> norms;
  for (int i = 0; i < 2; ++i) {
    norms.emplace_back(BatchNorm(4));
    const torch::NoGradGuard noGrad;
    norms.back()->weight.copy_(reference->weight);
    norms.back()->bias.copy_(reference->bias);
  }
  const auto work = [&](std::size_t i) {
    const auto [begin, end] = parts[i];
    inputs[i] = whole.slice(0, begin, end).clone().requires_grad_();
    const SharedStatisticsScope scope(&sum);
    results[i] = norms[i]->forward(inputs[i]);
    (results[i] * out.slice(0, begin, end)).sum().backward();
  };
  {
    std::jthread other([&] { work(1); });
    work(0);
  }
  EXPECT_EQ(SharedStatisticsScope::current(), nullptr);

  // float32 with sums in another order.
  const auto close = [](const at::Tensor& a, const at::Tensor& b) {
    return torch::allclose(a, b, 1e-5, 1e-5);
  };
  EXPECT_TRUE(close(torch::cat({results[0], results[1]}), expected));
  EXPECT_TRUE(close(torch::cat({inputs[0].grad(), inputs[1].grad()}), x.grad()));
  EXPECT_TRUE(close(norms[0]->weight.grad() + norms[1]->weight.grad(), reference->weight.grad()));
  EXPECT_TRUE(close(norms[0]->bias.grad() + norms[1]->bias.grad(), reference->bias.grad()));
  for (const BatchNorm& norm : norms) {
    EXPECT_TRUE(close(norm->running_mean, reference->running_mean));
    EXPECT_TRUE(close(norm->running_var, reference->running_var));
    EXPECT_EQ(norm->num_batches_tracked.item<std::int64_t>(), 1);
  }
}

}  // namespace
}  // namespace medlocker::models
