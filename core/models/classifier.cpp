// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/classifier.h"

#include <torch/torch.h>

#include <mutex>
#include <optional>

#include "core/common/error.h"
#include "core/models/fast_logits.h"
#include "core/models/foreign_classifier.h"
#include "core/models/inference_network.h"
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

/// A converted copy of a network, made by the first thread that asks for it.
class LazyCopy {
 public:
  const InferenceNetwork& of(const Network& source, InferencePrecision precision) const {
    std::call_once(once_, [&] { copy_.emplace(source, precision); });
    return *copy_;
  }

 private:
  mutable std::once_flag once_;
  mutable std::optional<InferenceNetwork> copy_;
};

class NetworkClassifier : public Classifier, public FastForms {
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

  at::Tensor foldedLogits(const at::Tensor& images) const override {
    return converted(images, folded_, InferencePrecision::Float32);
  }

  at::Tensor fastLogits(const at::Tensor& images) const override {
    return fastIsBfloat16() ? converted(images, bfloat16_, InferencePrecision::Bfloat16)
                            : foldedLogits(images);
  }

  bool fastIsBfloat16() const override { return nativeBfloat16_ && !network_->arch().empty(); }

 private:
  at::Tensor converted(const at::Tensor& images, const LazyCopy& copy, InferencePrecision precision) const {
    requireImages(images, info_);
    if (network_->arch().empty()) return network_->forward(images);  // cannot be copied
    return copy.of(*network_, precision).forward(images);
  }

  std::shared_ptr<Network> network_;
  ModelInfo info_;
  DeviceKind device_;
  bool nativeBfloat16_ = bfloat16IsNative(device_);
  LazyCopy folded_;
  LazyCopy bfloat16_;
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

namespace {

/// "FILE@SIDE" gives the input size of a foreign model; a file that really has such a name wins.
fs::path withoutInputSize(const fs::path& path, int& side) {
  const std::string text = path.string();
  const std::size_t at = text.rfind('@');
  if (fs::exists(path) || at == std::string::npos || at + 1 == text.size() || text.size() - at > 5)
    return path;
  for (std::size_t i = at + 1; i < text.size(); ++i)
    if (text[i] < '0' || text[i] > '9') return path;
  side = std::stoi(text.substr(at + 1));
  return text.substr(0, at);
}

bool looksForeign(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".pt" || extension == ".pth" || extension == ".ts" || extension == ".torchscript";
}

}  // namespace

ClassifierPtr loadClassifier(const fs::path& given, const LoadOptions& options) {
  ForeignModelOptions foreign;
  const fs::path path = withoutInputSize(given, foreign.inputSize);
  const std::string extension = path.extension().string();
  if (!fs::exists(path)) throw Error(ErrorCode::NotFound, "the model does not exist", path.string());
  if (!fs::is_directory(path) && extension != ".safetensors") {
    if (looksForeign(path) && options.trustForeignModel) return openForeignClassifier(path, foreign);
    throw Error(
        ErrorCode::Unsupported,
        looksForeign(path)
            ? "a TorchScript file is a program, run only with --trust-foreign-model; weights are "
              "converted with 'medlocker import'"
            : "a model is a run folder or a .safetensors file beside its .json; convert other files with "
              "'medlocker import'",
        path.string());
  }
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
