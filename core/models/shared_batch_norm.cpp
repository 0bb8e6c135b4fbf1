// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/shared_batch_norm.h"

#include <torch/torch.h>

#include <algorithm>

namespace medlocker::models {
namespace {

thread_local const SumOverProcesses* currentSum = nullptr;

at::Tensor perChannel(const at::Tensor& values, const at::Tensor& like) {
  return values.to(like.device(), like.scalar_type()).reshape({1, -1, 1, 1});
}

/// Sum over all but the channels, in double precision on the CPU.
at::Tensor channelSum(const at::Tensor& x) {
  return x.sum(at::IntArrayRef{0, 2, 3}, /*keepdim=*/false, torch::kDouble).cpu();
}

/// Ioffe and Szegedy 2015, with sums that span processes.
class SharedBatchNorm : public torch::autograd::Function<SharedBatchNorm> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                            const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& mean,
                            const at::Tensor& inverse, double count, std::int64_t sum) {
    const at::Tensor input = x.to(torch::kFloat);
    const at::Tensor normalised = (input - perChannel(mean, input)) * perChannel(inverse, input);
    ctx->save_for_backward({normalised, weight, inverse});
    ctx->saved_data["count"] = count;
    ctx->saved_data["sum"] = sum;
    ctx->saved_data["half"] = x.scalar_type() != torch::kFloat;
    return (normalised * perChannel(weight, input) + perChannel(bias, input)).to(x.scalar_type());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &normalised = saved[0], &weight = saved[1], &inverse = saved[2];
    const double count = ctx->saved_data["count"].toDouble();
    const auto& sum = *reinterpret_cast<const SumOverProcesses*>(ctx->saved_data["sum"].toInt());
    const at::Tensor gradient = gradients[0].to(torch::kFloat);
    const at::Tensor ofBias = channelSum(gradient), ofWeight = channelSum(gradient * normalised);
    at::Tensor both = torch::cat({ofBias, ofWeight});
    sum(both);
    const std::int64_t channels = ofBias.size(0);
    const at::Tensor meanGradient = both.narrow(0, 0, channels) / count;
    const at::Tensor meanProduct = both.narrow(0, channels, channels) / count;
    at::Tensor ofInput =
        (gradient - perChannel(meanGradient, gradient) - normalised * perChannel(meanProduct, gradient)) *
        (perChannel(inverse, gradient) * perChannel(weight, gradient));
    if (ctx->saved_data["half"].toBool()) ofInput = ofInput.to(gradients[0].scalar_type());
    const auto like = [&weight](const at::Tensor& value) {
      return value.to(weight.device(), weight.scalar_type());
    };
    return {ofInput, like(ofWeight), like(ofBias), {}, {}, {}, {}};
  }
};

}  // namespace

SharedStatisticsScope::SharedStatisticsScope(const SumOverProcesses* sum) : before_(currentSum) {
  currentSum = sum;
}

SharedStatisticsScope::~SharedStatisticsScope() {
  currentSum = before_;
}

const SumOverProcesses* SharedStatisticsScope::current() {
  return currentSum;
}

at::Tensor sharedBatchNorm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           const at::Tensor& runningMean, const at::Tensor& runningVar, double momentum,
                           double eps, const SumOverProcesses& sum) {
  at::Tensor mean, inverse;
  double count = 0;
  {
    const torch::NoGradGuard noGrad;
    const std::int64_t channels = x.size(1);
    // Two rounds: the squares of what is centred do not cancel.
    at::Tensor first = torch::cat(
        {channelSum(x), torch::tensor({static_cast<double>(x.numel() / channels)}, torch::kDouble)});
    sum(first);
    count = first[channels].item<double>();
    mean = first.narrow(0, 0, channels) / count;
    at::Tensor squares = channelSum((x.to(torch::kFloat) - perChannel(mean, x).to(torch::kFloat)).square());
    sum(squares);
    const at::Tensor variance = squares / count;
    inverse = torch::rsqrt(variance + eps);
    const auto move = [&](const at::Tensor& running, const at::Tensor& value) {
      running.mul_(1 - momentum).add_(value.to(running.device(), running.scalar_type()), momentum);
    };
    if (runningMean.defined()) move(runningMean, mean);
    if (runningVar.defined()) move(runningVar, variance * (count / std::max(1.0, count - 1)));
  }
  return SharedBatchNorm::apply(x, weight, bias, mean, inverse, count, reinterpret_cast<std::int64_t>(&sum));
}

}  // namespace medlocker::models
