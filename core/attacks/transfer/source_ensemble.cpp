// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/source_ensemble.h"

#include <torch/torch.h>

#include <cmath>
#include <numeric>

#include "core/attacks/transfer/gradient_views.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

std::vector<double> normalisedWeights(std::vector<double> weights, std::size_t count) {
  if (weights.empty()) return std::vector<double>(count, 1.0 / static_cast<double>(count));
  if (weights.size() != count)
    throw Error(ErrorCode::InvalidArgument, "an ensemble takes one weight for each model");
  for (const double weight : weights)
    if (!(std::isfinite(weight) && weight >= 0))
      throw Error(ErrorCode::InvalidArgument, "ensemble weights must be 0 or more");
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(sum > 0)) throw Error(ErrorCode::InvalidArgument, "ensemble weights must not all be 0");
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace

at::Tensor scoresAtAnySide(const models::Classifier& classifier, const at::Tensor& images, bool fast) {
  const at::Tensor resized = resizeTo(images, classifier.info().inputSize);
  const at::Tensor logits = fast ? classifier.fastLogits(resized) : classifier.logits(resized);
  return classScores(logits.to(torch::kFloat32), classifier.info());
}

Target sourceTarget(models::ClassifierPtr classifier, Precision precision) {
  return ensembleTarget({std::move(classifier)}, Fusion::Logits, {}, precision);
}

Target ensembleTarget(const std::vector<models::ClassifierPtr>& classifiers, Fusion fusion,
                      std::vector<double> weights, Precision precision) {
  if (classifiers.empty()) throw Error(ErrorCode::InvalidArgument, "an ensemble needs at least one model");
  const auto classes = static_cast<int>(classifiers.front()->info().classes.size());
  std::string name;
  for (const models::ClassifierPtr& classifier : classifiers) {
    if (static_cast<int>(classifier->info().classes.size()) != classes)
      throw Error(ErrorCode::InvalidArgument,
                  "the models of an ensemble must have equally many classes; '" + classifier->info().name +
                      "' has " + std::to_string(classifier->info().classes.size()) + ", '" +
                      classifiers.front()->info().name + "' has " + std::to_string(classes));
    name += (name.empty() ? "" : "+") + classifier->info().name;
  }
  const auto shares = normalisedWeights(std::move(weights), classifiers.size());
  const auto function = [classifiers, shares, fusion](bool fast) -> Target::Function {
    return [classifiers, shares, fusion, fast](const at::Tensor& images, const Pass&) {
      std::vector<at::Tensor> scores;
      for (const models::ClassifierPtr& classifier : classifiers)
        scores.push_back(scoresAtAnySide(*classifier, images, fast));
      return fuseScores(scores, shares, fusion);
    };
  };
  if (precision == Precision::Exact) return Target(name, classes, function(false));
  return Target(name, classes, function(true), function(false));
}

at::Tensor fuseScores(const std::vector<at::Tensor>& scores, const std::vector<double>& weights,
                      Fusion fusion) {
  // A single model is passed on untouched, so that an ensemble of one is that model bit for bit.
  if (scores.size() == 1 && fusion == Fusion::Logits) return scores.front();
  at::Tensor fused;
  if (fusion == Fusion::Probability) {
    std::vector<at::Tensor> shifted;
    for (std::size_t k = 0; k < scores.size(); ++k)
      shifted.push_back(scores[k].log_softmax(1) + std::log(std::max(weights[k], 1e-300)));
    return torch::logsumexp(torch::stack(shifted), {0});
  }
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const at::Tensor part = weights[k] * (fusion == Fusion::Loss ? scores[k].log_softmax(1) : scores[k]);
    fused = fused.defined() ? fused + part : part;
  }
  return fused;
}

LossFunction fusionLoss(Fusion fusion) {
  if (fusion != Fusion::Loss) return crossEntropyLoss;
  // The fused answer already is the mean of log-probabilities and must not be normalised once more.
  return [](const at::Tensor& answer, const at::Tensor& labels) {
    return -answer.gather(1, labels.unsqueeze(1)).squeeze(1);
  };
}

}  // namespace medlocker::attacks
