// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/losses/adversarial_losses.h"

#include <torch/torch.h>

#include <cmath>

#include "core/attacks/loss.h"
#include "core/training/losses.h"
#include "core/training/losses/divergences.h"

namespace medlocker::training {
namespace {

at::Tensor ofLabel(const at::Tensor& values, const at::Tensor& labels) {
  return values.gather(1, labels.unsqueeze(1)).squeeze(1);
}

at::Tensor perClass(const at::Tensor& classValues, const at::Tensor& labels, const at::Tensor& like) {
  return classValues.to(like.options()).index_select(0, labels);
}

}  // namespace

TradesLoss tradesLoss(const at::Tensor& cleanLogits, const at::Tensor& adversarialLogits,
                      const at::Tensor& labels, double beta, const at::Tensor& sampleWeights) {
  TradesLoss loss;
  at::Tensor crossEntropy = crossEntropyPerSample(cleanLogits, labels);
  if (sampleWeights.defined()) crossEntropy = crossEntropy * sampleWeights.to(crossEntropy.options());
  loss.crossEntropy = crossEntropy.mean();
  loss.divergence = klBetween(cleanLogits, adversarialLogits).mean();
  loss.total = loss.crossEntropy + beta * loss.divergence;
  return loss;
}

MartLoss martLoss(const at::Tensor& cleanLogits, const at::Tensor& adversarialLogits,
                  const at::Tensor& labels, double weight) {
  MartLoss loss;
  const at::Tensor adversarial = temperatureSoftmax(adversarialLogits);
  const at::Tensor logClean = inLossPrecision(cleanLogits).log_softmax(-1);
  const at::Tensor clean = logClean.exp();
  loss.adversarialCrossEntropy = crossEntropyPerSample(adversarialLogits, labels).mean();
  loss.margin = -(1.0001 - attacks::bestOther(adversarial, labels) + 1e-12).log().mean();
  const at::Tensor divergence = (clean * (logClean - (adversarial + 1e-12).log())).sum(-1);
  loss.weightedDivergence = ((1.0000001 - ofLabel(clean, labels)) * divergence).mean();
  loss.total = loss.adversarialCrossEntropy + loss.margin + weight * loss.weightedDivergence;
  return loss;
}

CfaLoss cfaTradesLoss(const at::Tensor& cleanLogits, const at::Tensor& adversarialLogits,
                      const at::Tensor& labels, const at::Tensor& classBeta) {
  CfaLoss loss;
  loss.crossEntropy = crossEntropyPerSample(cleanLogits, labels);
  loss.divergence = klBetween(cleanLogits, adversarialLogits);
  const at::Tensor beta = perClass(classBeta, labels, loss.crossEntropy);
  loss.total = ((1 - beta) * loss.crossEntropy + beta * loss.divergence).mean();
  return loss;
}

FrlLoss frlLoss(const at::Tensor& crossEntropy, const at::Tensor& divergence, const at::Tensor& labels,
                const at::Tensor& naturalWeights, const at::Tensor& boundaryWeights, double beta) {
  FrlLoss loss;
  const at::Tensor natural = perClass(naturalWeights, labels, crossEntropy);
  const at::Tensor boundary = perClass(boundaryWeights, labels, divergence);
  loss.natural = (natural * crossEntropy).sum() / natural.sum();
  loss.boundary = (boundary * divergence).sum() / boundary.sum();
  loss.total = loss.natural + beta * loss.boundary;
  return loss;
}

WatLoss watLoss(const at::Tensor& crossEntropy, const at::Tensor& divergence, const at::Tensor& labels,
                const at::Tensor& weights, double beta) {
  WatLoss loss;
  const at::Tensor perSample = crossEntropy + beta * divergence;
  loss.classPart = (perClass(weights, labels, perSample) * perSample).mean();
  loss.averagePart = weights.to(perSample.options())[-1] * perSample.mean();
  loss.total = loss.classPart + loss.averagePart;
  return loss;
}

BatLoss batLoss(const at::Tensor& lastCleanLogits, const at::Tensor& firstAdversarialLogits,
                const at::Tensor& cleanLogits, const at::Tensor& labels, double beta, double gamma) {
  BatLoss loss;
  const double logClasses = std::log(static_cast<double>(cleanLogits.size(1)));
  const auto fromUniform = [logClasses](const at::Tensor& logits) {
    const at::Tensor logP = inLossPrecision(logits).log_softmax(-1);
    return logClasses + (logP.exp() * logP).sum(-1);
  };
  loss.crossEntropy = crossEntropyPerSample(lastCleanLogits, labels).mean();
  loss.divergence = klBetween(cleanLogits, firstAdversarialLogits).mean();
  loss.uniform = (fromUniform(lastCleanLogits) + fromUniform(firstAdversarialLogits)).mean();
  loss.total = loss.crossEntropy + beta * loss.divergence + gamma * loss.uniform;
  return loss;
}

std::pair<at::Tensor, at::Tensor> batSelect(const at::Tensor& correct) {
  const std::int64_t last = correct.size(0) - 1;
  const at::Tensor wrong = correct.to(torch::kBool).logical_not();
  const at::Tensor index = torch::arange(last + 1, correct.options().dtype(torch::kLong)).unsqueeze(1);
  const std::int64_t never = last + 1;
  const at::Tensor first = torch::where(wrong, index, never).amin(0);
  const at::Tensor second = torch::where(wrong.logical_and(index > first), index, never).amin(0);
  return {torch::where(first == never, last, (first - 1).clamp_min(0)),
          torch::where(second == never, last, second)};
}

}  // namespace medlocker::training
