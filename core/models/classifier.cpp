// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/classifier.h"

#include <torch/torch.h>

#include "core/common/error.h"
#include "core/models/model_file.h"
#include "core/models/network.h"

namespace medlocker::models {
namespace fs = std::filesystem;
namespace {

torch::Device torchDevice(DeviceKind kind) {
  return kind == DeviceKind::Cuda ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
}

void requireImages(const at::Tensor& images, const ModelInfo& info) {
  if (!images.defined() || images.dim() != 4 || images.size(1) != 3 || images.size(2) != info.inputSize ||
      images.size(3) != info.inputSize || images.scalar_type() != at::kFloat)
    throw Error(ErrorCode::InvalidArgument, "model '" + info.name + "' takes float32 images of 3x" +
                                                std::to_string(info.inputSize) + "x" +
                                                std::to_string(info.inputSize));
}

class NetworkClassifier : public Classifier {
 public:
  NetworkClassifier(std::shared_ptr<Network> network, ModelInfo info, DeviceKind device)
      : network_(std::move(network)), info_(std::move(info)), device_(device) {
    throwIfInvalid(validate(info_));
    network_->to(torchDevice(device_));
    network_->setNormalisation(info_.mean, info_.stddev);
    network_->eval();
    for (const auto& parameter : network_->parameters()) parameter.set_requires_grad(false);
  }

  const ModelInfo& info() const override { return info_; }
  DeviceKind device() const override { return device_; }

  at::Tensor logits(const at::Tensor& images) const override {
    requireImages(images, info_);
    return network_->forward(images);
  }

 private:
  std::shared_ptr<Network> network_;
  ModelInfo info_;
  DeviceKind device_;
};

}  // namespace

std::string_view toString(HeadType head) {
  switch (head) {
    case HeadType::Softmax:
      return "softmax";
    case HeadType::Ordinal:
      return "ordinal";
    case HeadType::Regression:
      return "regression";
  }
  return "softmax";
}

HeadType parseHeadType(std::string_view name) {
  for (const HeadType head : {HeadType::Softmax, HeadType::Ordinal, HeadType::Regression})
    if (toString(head) == name) return head;
  throw Error(ErrorCode::InvalidArgument,
              "a head is one of softmax, ordinal, regression; not '" + std::string(name) + "'");
}

int ModelInfo::outputs() const {
  const int count = static_cast<int>(classes.size());
  switch (head) {
    case HeadType::Softmax:
      return count;
    case HeadType::Ordinal:
      return count - 1;
    case HeadType::Regression:
      return 1;
  }
  return count;
}

ClassifierPtr makeClassifier(std::shared_ptr<Network> network, ModelInfo info, DeviceKind device) {
  return std::make_shared<NetworkClassifier>(std::move(network), std::move(info), device);
}

ClassifierPtr loadClassifier(const fs::path& path, const LoadOptions& options) {
  const std::string extension = path.extension().string();
  if (!fs::exists(path)) throw Error(ErrorCode::NotFound, "the model does not exist", path.string());
  if (!fs::is_directory(path) && extension != ".safetensors")
    throw Error(ErrorCode::Unsupported,
                "a model is a run folder or a .safetensors file beside its .json; convert other files with "
                "'medlocker import'",
                path.string());
  ModelInfo info;
  auto network = loadNetwork(path, info);
  return makeClassifier(std::move(network), std::move(info), options.device);
}

at::Tensor predictedClasses(const at::Tensor& logits, const ModelInfo& info) {
  if (!logits.defined() || logits.dim() != 2 || logits.size(1) != info.outputs())
    throw Error(ErrorCode::InvalidArgument, "the outputs do not fit the head of model '" + info.name + "'");
  const at::Tensor values = logits.detach().to(at::kCPU, at::kFloat);
  switch (info.head) {
    case HeadType::Softmax:
      return values.argmax(1);
    case HeadType::Ordinal:
      return values.gt(0).sum(1);
    case HeadType::Regression: {
      // Halves round up, whatever the rounding mode: grade k is the interval [k-0.5, k+0.5).
      const double top = static_cast<double>(info.classes.size()) - 1;
      return torch::floor(values.select(1, 0) + 0.5).nan_to_num(0.0).clamp(0, top).to(at::kLong);
    }
  }
  return {};
}

at::Tensor classProbabilities(const at::Tensor& logits, const ModelInfo& info) {
  const auto classes = static_cast<std::int64_t>(info.classes.size());
  if (!logits.defined() || logits.dim() != 2 || logits.size(1) != info.outputs())
    throw Error(ErrorCode::InvalidArgument, "the outputs do not fit the head of model '" + info.name + "'");
  const at::Tensor values = logits.detach().to(at::kCPU, at::kFloat);
  switch (info.head) {
    case HeadType::Softmax:
      return values.softmax(1);
    case HeadType::Ordinal: {
      // P(grade > k) = sigmoid(z_k). Untrained or attacked outputs need not fall with k, so the running
      // minimum is taken; differences then never become negative.
      const at::Tensor above = std::get<0>(values.sigmoid().cummin(1));
      const at::Tensor one = torch::ones({values.size(0), 1});
      const at::Tensor zero = torch::zeros({values.size(0), 1});
      return torch::cat({one, above}, 1) - torch::cat({above, zero}, 1);
    }
    case HeadType::Regression:
      return torch::one_hot(predictedClasses(logits, info), classes).to(at::kFloat);
  }
  return {};
}

at::Tensor toTensor(const data::FloatImage& image) {
  const auto expected = static_cast<std::size_t>(image.width) * image.height * 3;
  if (image.width <= 0 || image.height <= 0 || image.values.size() != expected)
    throw Error(ErrorCode::InvalidArgument, "the image's size does not fit its values");
  return torch::from_blob(const_cast<float*>(image.values.data()), {1, image.height, image.width, 3},
                          torch::kFloat)
      .permute({0, 3, 1, 2})
      .clone(at::MemoryFormat::Contiguous);
}

}  // namespace medlocker::models
