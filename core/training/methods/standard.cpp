// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/standard.h"

#include <torch/torch.h>

#include "core/training/losses.h"
#include "core/training/method.h"

namespace medlocker::training {
namespace {

class StandardMethod : public TrainingMethod {
 public:
  explicit StandardMethod(const StandardOptions& options) : options_(options) {}

  void begin(const MethodSetup& setup) override {
    if (setup.classWeights.empty()) return;
    weights_ = torch::tensor(setup.classWeights, torch::kFloat);
    if (setup.device == DeviceKind::Cuda) weights_ = weights_.to(torch::kCUDA);
  }

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    StepOutput output;
    output.logits = student.forward(input.images);
    output.loss = weightedCrossEntropy(output.logits, input.labels, weights_, options_.labelSmoothing);
    output.lossTerms = "cross-entropy";
    if (const at::Tensor auxiliary = student.auxiliary(); auxiliary.defined())
      output.loss =
          output.loss + options_.auxiliaryWeight *
                            weightedCrossEntropy(auxiliary, input.labels, weights_, options_.labelSmoothing);
    return output;
  }

 private:
  StandardOptions options_;
  at::Tensor weights_;
};

}  // namespace

std::vector<OptionIssue> StandardOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    issues.push_back({"method.label_smoothing", "must lie in [0, 1)"});
  if (!(auxiliaryWeight >= 0 && auxiliaryWeight <= 10))
    issues.push_back({"method.auxiliary_weight", "must lie in 0..10"});
  return issues;
}

std::unique_ptr<TrainingMethod> StandardOptions::make() const {
  return std::make_unique<StandardMethod>(*this);
}

}  // namespace medlocker::training
