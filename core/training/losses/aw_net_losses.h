// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace medlocker::training {

/// Losses of AW-Net (attacks specification, 10.5). Pure functions, at least float32, thread-safe.

/// Binary cross-entropy per sample on logits d [B] against the constant target t: max(d,0) - d·t +
/// log(1+exp(-|d|)).
at::Tensor detectorLoss(const at::Tensor& detector, double target);

/// Mean over both kinds of image: [BCE(d(x), 0) + BCE(d(x'), 1)] / 2.
at::Tensor routerLoss(const at::Tensor& cleanDetector, const at::Tensor& adversarialDetector);

/// Per sample: cross-entropy plus lambda times the detector's loss against "adversarial". Maximised by an
/// attack that also tries to look clean.
at::Tensor evasiveObjective(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& detector,
                            double lambda);

/// Temperature T > 0 that minimises the mean BCE of d/T on clean (target 0) and adversarial (target 1)
/// images: golden section over log T in [log 0.05, log 20].
double calibratedTemperature(const std::vector<double>& cleanDetector,
                             const std::vector<double>& adversarialDetector);

}  // namespace medlocker::training
