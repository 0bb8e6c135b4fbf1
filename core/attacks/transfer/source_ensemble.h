// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/attacks/loss.h"
#include "core/attacks/target.h"
#include "core/attacks/transfer/transfer_options.h"

namespace medlocker::attacks {

/// Class scores of a classifier for images of any side: resized (differentiably) to its input first.
at::Tensor scoresAtAnySide(const models::Classifier& classifier, const at::Tensor& images, bool fast = false);

/// One classifier for images of any side.
Target sourceTarget(models::ClassifierPtr classifier, Precision precision = Precision::Exact);

/// Several source models as one attacked function of images of any side. What it answers depends on the
/// fusion: the weighted mean of class scores (Logits), the logarithm of the mean probability (Probability),
/// or the weighted mean of log-probabilities (Loss); fusionLoss() turns each into the loss of the
/// specification (7.9). `weights` empty: equal; else one non-negative number per model, scaled to sum 1.
/// Throws Error(InvalidArgument) where the models' class counts differ.
Target ensembleTarget(const std::vector<models::ClassifierPtr>& classifiers, Fusion fusion,
                      std::vector<double> weights = {}, Precision precision = Precision::Exact);

/// The fusion alone: answers [N,K] of each model to the ensemble's answer.
at::Tensor fuseScores(const std::vector<at::Tensor>& scores, const std::vector<double>& weights,
                      Fusion fusion);
/// Cross-entropy of what fuseScores() gives.
LossFunction fusionLoss(Fusion fusion);

}  // namespace medlocker::attacks
