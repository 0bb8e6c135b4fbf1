// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/layers.h"

#include <cmath>

#include "core/models/convolution_record.h"
#include "core/models/shared_batch_norm.h"

namespace medlocker::models {
namespace {

thread_local ConvolutionRecord* currentRecord = nullptr;

}  // namespace

ConvolutionRecord::ConvolutionRecord() {
  currentRecord = this;
}

ConvolutionRecord::~ConvolutionRecord() {
  currentRecord = nullptr;
}

void ConvolutionRecord::note(const at::Tensor& output) {
  if (currentRecord != nullptr && output.size(2) * output.size(3) > 1) currentRecord->last_ = output;
}

ConvShape squareConv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                     std::int64_t groups, bool bias) {
  const std::int64_t pad = (kernel - 1) / 2;
  return {in, out, {kernel, kernel}, {stride, stride}, {pad, pad}, groups, bias};
}

ConvImpl::ConvImpl(const ConvShape& shape) : shape_(shape) {
  weight = register_parameter(
      "weight", torch::empty({shape.out, shape.in / shape.groups, shape.kernel[0], shape.kernel[1]}));
  if (shape.bias) bias = register_parameter("bias", torch::empty({shape.out}));
}

torch::Tensor ConvImpl::forward(const torch::Tensor& x) const {
  torch::Tensor output =
      torch::conv2d(x, weight, bias, shape_.stride, shape_.padding, /*dilation=*/1, shape_.groups);
  ConvolutionRecord::note(output);
  return output;
}

LinearImpl::LinearImpl(std::int64_t in, std::int64_t out) {
  weight = register_parameter("weight", torch::empty({out, in}));
  bias = register_parameter("bias", torch::empty({out}));
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x) const {
  return torch::linear(x, weight, bias);
}

BatchNormImpl::BatchNormImpl(std::int64_t channels, double eps, double momentum)
    : BatchNorm2dImpl(torch::nn::BatchNorm2dOptions(channels).eps(eps).momentum(momentum)) {
}

torch::Tensor BatchNormImpl::forward(const torch::Tensor& x) {
  if (folded_) return x;
  const SumOverProcesses* sum = SharedStatisticsScope::current();
  if (sum == nullptr || !is_training()) return BatchNorm2dImpl::forward(x);
  num_batches_tracked += 1;
  return sharedBatchNorm(x, weight, bias, running_mean, running_var, options.momentum().value(),
                         options.eps(), *sum);
}

void BatchNormImpl::foldInto(ConvImpl& conv) {
  torch::NoGradGuard guard;
  // In double precision, so that folding adds one rounding and no more.
  const torch::Tensor scale =
      weight.to(torch::kDouble) / torch::sqrt(running_var.to(torch::kDouble) + options.eps());
  torch::Tensor shift = bias.to(torch::kDouble) - running_mean.to(torch::kDouble) * scale;
  if (conv.bias.defined()) shift = shift + conv.bias.to(torch::kDouble) * scale;
  conv.weight.copy_(conv.weight.to(torch::kDouble) * scale.reshape({-1, 1, 1, 1}));
  if (conv.bias.defined())
    conv.bias.copy_(shift);
  else
    conv.bias = conv.register_parameter("bias", shift.to(conv.weight.scalar_type()), false);
  folded_ = true;
}

void initKaimingNormal(const torch::Tensor& weight, bool fanOut) {
  if (fanOut)
    torch::nn::init::kaiming_normal_(weight, 0, torch::kFanOut, torch::kReLU);
  else
    torch::nn::init::kaiming_normal_(weight, 0, torch::kFanIn, torch::kReLU);
}

void initLinearDefault(LinearImpl& layer) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(layer.weight.size(1)));
  torch::nn::init::uniform_(layer.weight, -bound, bound);
  torch::nn::init::uniform_(layer.bias, -bound, bound);
}

void initTruncatedNormal(const torch::Tensor& weight, double stddev) {
  // Inverse of the distribution function between the two bounds.
  torch::NoGradGuard guard;
  const double upper = 0.5 * (1.0 + std::erf(2.0 / stddev / std::sqrt(2.0)));
  weight.uniform_(1.0 - 2.0 * upper, 2.0 * upper - 1.0)
      .erfinv_()
      .mul_(stddev * std::sqrt(2.0))
      .clamp_(-2.0, 2.0);
}

}  // namespace medlocker::models
