// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/losses/distillation_losses.h"

#include <torch/torch.h>

#include "core/attacks/loss.h"
#include "core/training/losses.h"
#include "core/training/losses/divergences.h"

namespace medlocker::training {
namespace {

at::Tensor weightedMean(const at::Tensor& perSample, const at::Tensor& weights) {
  return weights.defined() ? (perSample * weights.to(perSample.options())).mean() : perSample.mean();
}

}  // namespace

ArdLoss ardLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                const at::Tensor& teacherClean, const at::Tensor& labels, double temperature, double alpha,
                double klScale, const at::Tensor& sampleWeights) {
  ArdLoss loss;
  const at::Tensor target = temperatureSoftmax(teacherClean.detach(), temperature);
  loss.scaledDivergence =
      klScale *
      weightedMean(attacks::klLoss(inLossPrecision(studentAdversarial) / temperature, target), sampleWeights);
  loss.total = alpha * temperature * temperature * loss.scaledDivergence;
  if (studentClean.defined()) {
    loss.crossEntropy = weightedMean(crossEntropyPerSample(studentClean, labels), sampleWeights);
    if (alpha != 1) loss.total = loss.total + (1 - alpha) * loss.crossEntropy;
  }
  return loss;
}

TwoBranchLoss softLabelLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                            const at::Tensor& adversarialTarget, const at::Tensor& cleanTarget,
                            double adversarialWeight, double klScale, double guard,
                            const at::Tensor& sampleWeights) {
  TwoBranchLoss loss;
  loss.adversarial =
      klScale *
      weightedMean(attacks::klLoss(studentAdversarial, adversarialTarget.detach(), guard), sampleWeights);
  loss.clean =
      klScale * weightedMean(attacks::klLoss(studentClean, cleanTarget.detach(), guard), sampleWeights);
  loss.total = adversarialWeight * loss.adversarial + (1 - adversarialWeight) * loss.clean;
  return loss;
}

TwoBranchLoss rsladLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                        const at::Tensor& teacherClean, double adversarialWeight, double klScale,
                        double guard, const at::Tensor& sampleWeights) {
  const at::Tensor target = temperatureSoftmax(teacherClean.detach());
  return softLabelLoss(studentAdversarial, studentClean, target, target, adversarialWeight, klScale, guard,
                       sampleWeights);
}

IadLoss iadLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                const at::Tensor& teacherClean, const at::Tensor& teacherAdversarial,
                const at::Tensor& labels, const IadOptions& options, const at::Tensor& sampleWeights) {
  IadLoss loss;
  const double t = options.temperature;
  const at::Tensor ofLabel =
      temperatureSoftmax(teacherAdversarial.detach()).gather(1, labels.unsqueeze(1)).squeeze(1);
  loss.trust = options.active ? ofLabel.pow(options.trustPower) : torch::ones_like(ofLabel);
  at::Tensor teacher =
      attacks::klLoss(inLossPrecision(studentAdversarial) / t, temperatureSoftmax(teacherClean.detach(), t));
  if (options.weightTeacherByTrust) teacher = teacher * loss.trust;
  loss.teacherTerm = weightedMean(teacher, sampleWeights);
  loss.selfTerm = weightedMean((1 - loss.trust) * klBetween(studentClean, studentAdversarial), sampleWeights);
  loss.crossEntropy = weightedMean(crossEntropyPerSample(studentClean, labels), sampleWeights);
  loss.total = options.alpha * t * t * loss.teacherTerm + options.alpha * loss.selfTerm +
               (1 - options.alpha) * loss.crossEntropy;
  return loss;
}

TwoBranchLoss adaAdLoss(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                        const at::Tensor& teacherAdversarial, const at::Tensor& teacherClean, double alpha,
                        double klScale) {
  TwoBranchLoss loss;
  loss.adversarial =
      klScale * attacks::klLoss(studentAdversarial, temperatureSoftmax(teacherAdversarial.detach())).mean();
  loss.total = alpha * loss.adversarial;
  if (studentClean.defined()) {
    loss.clean = klScale * attacks::klLoss(studentClean, temperatureSoftmax(teacherClean.detach())).mean();
    if (alpha != 1) loss.total = loss.total + (1 - alpha) * loss.clean;
  }
  return loss;
}

AbsldTargets absldTargets(const at::Tensor& teacherClean, const at::Tensor& labels,
                          const at::Tensor& adversarialTemperatures, const at::Tensor& cleanTemperatures,
                          TemperatureCoupling coupling) {
  const at::Tensor adversarial = adversarialTemperatures.to(labels.device()).index_select(0, labels);
  const at::Tensor clean = cleanTemperatures.to(labels.device()).index_select(0, labels);
  const at::Tensor teacher = teacherClean.detach();
  if (coupling == TemperatureCoupling::Product) {
    const at::Tensor shared = temperatureSoftmax(teacher, adversarial * clean);
    return {shared, shared};
  }
  return {temperatureSoftmax(teacher, adversarial), temperatureSoftmax(teacher, clean)};
}

TwoTeacherBranches twoTeacherBranches(const at::Tensor& studentAdversarial, const at::Tensor& studentClean,
                                      const at::Tensor& robustTeacher, const at::Tensor& naturalTeacher,
                                      double adversarialTemperature, double cleanTemperature, double klScale,
                                      double guard, const at::Tensor& sampleWeights) {
  TwoTeacherBranches result;
  const at::Tensor robust = temperatureSoftmax(robustTeacher.detach(), adversarialTemperature);
  const at::Tensor natural = temperatureSoftmax(naturalTeacher.detach(), cleanTemperature);
  result.adversarial =
      klScale * weightedMean(attacks::klLoss(studentAdversarial, robust, guard), sampleWeights);
  result.clean = klScale * weightedMean(attacks::klLoss(studentClean, natural, guard), sampleWeights);
  result.adversarialEntropy = entropyPerSample(robust, guard).mean().item<double>();
  result.cleanEntropy = entropyPerSample(natural, guard).mean().item<double>();
  return result;
}

}  // namespace medlocker::training
