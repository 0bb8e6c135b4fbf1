// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/json.h"
#include "core/data/preprocess.h"

namespace medlocker::models {

/// What the last layer means (spec 4): softmax over C grades; C-1 cumulative logits; one scalar grade.
enum class HeadType { Softmax, Ordinal, Regression };
std::string_view toString(HeadType head);
HeadType parseHeadType(std::string_view name);

/// Everything model.json says about a classifier.
struct ModelInfo {
  std::string name;                  ///< display name, unique within a run
  std::string arch;                  ///< registry name, for example "resnet18"
  std::string sha256;                ///< of the weights file, lower-case hex; the model's identity
  std::vector<std::string> classes;  ///< C class names in label order
  HeadType head = HeadType::Softmax;
  int inputSize = 224;  ///< side n of the square input
  data::PreprocessProfile profile = data::PreprocessProfile::Squash;
  std::array<float, 3> mean{0.F, 0.F, 0.F};  ///< normalisation, applied inside the model
  std::array<float, 3> stddev{1.F, 1.F, 1.F};
  Json training;          ///< training record: method, data fingerprint, metrics …; null when unknown
  int referableFrom = 2;  ///< lowest class index that counts as referable

  int outputs() const;  ///< C, C-1 or 1
};

/// An image classifier in evaluation mode with frozen parameters. Input: float32 N×3×n×n in [0,1] on
/// `device()`; normalisation happens inside. Output: float32 N×outputs. Differentiable with respect to the
/// input. Thread-safe for concurrent forwards. Tests use analytic implementations of it.
class Classifier {
 public:
  virtual ~Classifier() = default;
  virtual const ModelInfo& info() const = 0;
  virtual DeviceKind device() const = 0;
  /// Exact float32, unfolded network: what reported numbers come from.
  virtual at::Tensor logits(const at::Tensor& images) const = 0;
  /// The same function in the fastest form available (folded batch norm, channels-last, bf16 where the
  /// hardware has it): for screening only. Default: logits().
  virtual at::Tensor fastLogits(const at::Tensor& images) const { return logits(images); }
};

using ClassifierPtr = std::shared_ptr<const Classifier>;

struct LoadOptions {
  DeviceKind device = DeviceKind::Cpu;
  bool trustForeignModel = false;  ///< allow TorchScript
};

/// Opens a run folder (model.safetensors + model.json) or a .safetensors beside its .json; checks the SHA-256
/// recorded there. Throws Error(NotFound/InputRejected/Unsupported) naming the file.
ClassifierPtr loadClassifier(const std::filesystem::path& path, const LoadOptions& options = {});

/// Predicted class per row: argmax (softmax), number of logits above 0 (ordinal), clamp(round) (regression).
/// int64 N, CPU.
at::Tensor predictedClasses(const at::Tensor& logits, const ModelInfo& info);
/// N×C class probabilities for reports (ordinal: differences of cumulative sigmoids; regression: one-hot of
/// the prediction).
at::Tensor classProbabilities(const at::Tensor& logits, const ModelInfo& info);

/// FloatImage (HWC) to a 1×3×H×W float32 CPU tensor, copied.
at::Tensor toTensor(const data::FloatImage& image);

}  // namespace medlocker::models
