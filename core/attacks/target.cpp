// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/target.h"

#include <torch/torch.h>

#include "core/common/error.h"
#include "core/models/fast_logits.h"

namespace medlocker::attacks {
namespace {

Target::Function scoresOf(models::ClassifierPtr classifier, Precision precision) {
  return [classifier = std::move(classifier), precision](const at::Tensor& images, const Pass&) {
    const models::Classifier& model = *classifier;
    const at::Tensor logits = precision == Precision::Fast     ? model.fastLogits(images)
                              : precision == Precision::Folded ? models::foldedLogits(model, images)
                                                               : model.logits(images);
    return classScores(logits.to(torch::kFloat32), classifier->info());
  };
}

}  // namespace

PassCounts& PassCounts::operator+=(const PassCounts& other) {
  forwards += other.forwards;
  backwards += other.backwards;
  zeroGradients += other.zeroGradients;
  nonFiniteGradients += other.nonFiniteGradients;
  return *this;
}

PassCounts operator-(const PassCounts& a, const PassCounts& b) {
  return {a.forwards - b.forwards, a.backwards - b.backwards, a.zeroGradients - b.zeroGradients,
          a.nonFiniteGradients - b.nonFiniteGradients};
}

at::Tensor classScores(const at::Tensor& logits, const models::ModelInfo& info) {
  switch (info.head) {
    case models::HeadType::Softmax:
      return logits;
    case models::HeadType::Ordinal: {
      const at::Tensor largestFirst = std::get<0>(logits.sort(true, 1, true));
      return torch::cat({torch::zeros_like(logits.narrow(1, 0, 1)), largestFirst.cumsum(1)}, 1);
    }
    case models::HeadType::Regression: {
      const at::Tensor grades = torch::arange(static_cast<std::int64_t>(info.classes.size()),
                                              logits.options().requires_grad(false));
      return 2 * logits * grades - grades.square();
    }
  }
  return logits;
}

Target::Target(std::string name, int classes, Function gradientFunction, Function exactFunction)
    : name_(std::move(name)),
      classes_(classes),
      function_(std::move(gradientFunction)),
      exactFunction_(std::move(exactFunction)) {
  if (classes_ < 2) throw Error(ErrorCode::InputRejected, "an attack needs at least two classes", name_);
}

Target::Target(std::string name, int classes, Function function)
    : Target(std::move(name), classes, function, function) {
  attackedExactly_ = true;
}

Target::Target(models::ClassifierPtr classifier, Precision precision)
    : Target(classifier->info().name, static_cast<int>(classifier->info().classes.size()),
             scoresOf(classifier, precision), scoresOf(classifier, Precision::Exact)) {
  attackedExactly_ = precision == Precision::Exact;
}

at::Tensor Target::call(const Function& function, const at::Tensor& images, const Pass& pass) {
  const std::int64_t rows = images.size(0);
  if (rows == 0) return torch::zeros({0, classes_}, images.options().requires_grad(false));
  std::vector<at::Tensor> pieces;
  const std::int64_t limit = maxRows_ > 0 ? maxRows_ : rows;
  for (std::int64_t begin = 0; begin < rows; begin += limit) {
    if (stop_.stop_requested()) throw Stopped{};
    const std::int64_t count = std::min(limit, rows - begin);
    Pass part{{}, pass.draw};
    if (!pass.samples.empty())
      part.samples.assign(pass.samples.begin() + begin, pass.samples.begin() + begin + count);
    at::Tensor logits = function(images.narrow(0, begin, count), part);
    if (!logits.defined() || logits.dim() != 2 || logits.size(0) != count || logits.size(1) != classes_)
      throw Error(ErrorCode::InputRejected,
                  "the model must answer with one row of " + std::to_string(classes_) + " logits per image",
                  name_);
    pieces.push_back(std::move(logits));
  }
  counts_.forwards += rows;
  return pieces.size() == 1 ? pieces.front() : torch::cat(pieces);
}

at::Tensor Target::logits(const at::Tensor& images, const Pass& pass) {
  return call(function_, images, pass);
}

at::Tensor Target::exactLogits(const at::Tensor& images, const Pass& pass) {
  const torch::NoGradGuard noGrad;
  return call(exactFunction_, images.detach(), pass).to(torch::kFloat32);
}

}  // namespace medlocker::attacks
