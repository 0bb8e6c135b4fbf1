// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/fine_tune_attack.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/models/network.h"

namespace medlocker::pipelines {
namespace {

at::Tensor lossOf(const at::Tensor& logits, const at::Tensor& labels, const models::ModelInfo& info) {
  switch (info.head) {
    case models::HeadType::Ordinal: {
      // Logit i says whether the grade is above i.
      const at::Tensor steps = torch::arange(logits.size(1), labels.options());
      const at::Tensor targets = (labels.unsqueeze(1) > steps.unsqueeze(0)).to(torch::kFloat32);
      return torch::binary_cross_entropy_with_logits(logits, targets);
    }
    case models::HeadType::Regression:
      return torch::mse_loss(logits.squeeze(1), labels.to(torch::kFloat32));
    default:
      return torch::cross_entropy_loss(logits, labels);
  }
}

}  // namespace

std::vector<int> fineTuneAndPredict(const std::filesystem::path& model, DeviceKind device,
                                    const std::vector<data::FloatImage>& train,
                                    const std::vector<int>& labels, const std::vector<data::FloatImage>& test,
                                    const FineTuneOptions& options, const RunContext& context) {
  if (train.empty() || train.size() != labels.size())
    throw Error(ErrorCode::InvalidArgument, "fine-tuning needs one label per image");
  models::ModelInfo info;
  const std::shared_ptr<models::Network> network = models::loadNetwork(model, info);
  const torch::Device where(device == DeviceKind::Cuda ? torch::kCUDA : torch::kCPU);
  network->to(where);
  network->eval();  // a few images would spoil the normalisation statistics
  for (torch::Tensor& parameter : network->parameters()) parameter.set_requires_grad(true);
  torch::optim::Adam optimiser(network->parameters(), torch::optim::AdamOptions(options.learningRate));
  RandomStream stream = RandomStream::fromSeed(options.seed, "stress/fine-tune/" + info.sha256);
  std::vector<std::size_t> order(train.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const torch::AutoGradMode gradients(true);
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    if (context.stopRequested()) return {};
    context.report({"Fine-tuning " + info.name, epoch, options.epochs, ""});
    stream.shuffle(order);
    for (std::size_t at = 0; at < order.size(); at += static_cast<std::size_t>(options.batch)) {
      std::vector<at::Tensor> images;
      std::vector<std::int64_t> grades;
      for (std::size_t k = at; k < std::min(order.size(), at + static_cast<std::size_t>(options.batch));
           ++k) {
        images.push_back(models::toTensor(train[order[k]]));
        grades.push_back(labels[order[k]]);
      }
      const at::Tensor logits = network->forward(torch::cat(images).to(where));
      const at::Tensor loss = lossOf(logits, torch::tensor(grades, torch::kInt64).to(where), info);
      optimiser.zero_grad();
      loss.backward();
      optimiser.step();
    }
  }
  const torch::NoGradGuard noGradients;
  std::vector<int> predicted;
  constexpr std::size_t kBatch = 16;
  for (std::size_t at = 0; at < test.size(); at += kBatch) {
    if (context.stopRequested()) return {};
    std::vector<at::Tensor> images;
    for (std::size_t k = at; k < std::min(test.size(), at + kBatch); ++k)
      images.push_back(models::toTensor(test[k]));
    const at::Tensor classes =
        models::predictedClasses(network->forward(torch::cat(images).to(where)).cpu(), info);
    for (std::int64_t i = 0; i < classes.size(0); ++i)
      predicted.push_back(static_cast<int>(classes[i].item<std::int64_t>()));
  }
  return predicted;
}

}  // namespace medlocker::pipelines
