// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/common/run_context.h"
#include "core/models/classifier.h"
#include "core/training/history.h"
#include "core/training/sample_cache.h"

namespace medlocker::training {

struct EvaluationOptions {
  int batchSize = 32;
  int loaderThreads = 2;
  std::string stage = "validate";
};

/// Figures of a classifier on cached images, from `Classifier::logits` (float32, unfolded). The cache's side
/// must be the model's input size. Empty when a stop was requested.
std::optional<EvaluationResult> evaluateCached(const models::Classifier& classifier,
                                               const std::shared_ptr<const SampleCache>& cache,
                                               const std::vector<std::int64_t>& items,
                                               const std::vector<int>& labels,
                                               const EvaluationOptions& options, const RunContext& context);

struct RobustEvaluationOptions {
  double epsilon = 8.0 / 255;
  double step = 2.0 / 255;
  int steps = 10;
  std::uint64_t seed = 0;  ///< of the uniform start, per item: the same in every epoch
};
/// Figures on the same images under projected ascent of the cross-entropy with a uniform start (robust
/// training specification, 4.6). Only correctly classified images are attacked, and the first misclassified
/// iterate counts; the others keep their clean prediction. So robust accuracy never exceeds clean accuracy.
/// The result does not depend on the batch size. Empty when a stop was requested.
std::optional<EvaluationResult> evaluateCachedRobust(
    const models::Classifier& classifier, const std::shared_ptr<const SampleCache>& cache,
    const std::vector<std::int64_t>& items, const std::vector<int>& labels, const EvaluationOptions& options,
    const RobustEvaluationOptions& attack, const RunContext& context);

struct SampleEvaluation {
  EvaluationResult result;
  std::vector<ItemIssue> issues;  ///< unreadable images: not in the figures
};

/// Figures on images read from their files and preprocessed exactly as every later use of the model does it
/// (float view, field of view, profile; no 8-bit cache in between). Decodes ahead on threads with bounded
/// memory. Empty when a stop was requested.
std::optional<SampleEvaluation> evaluateSamples(const models::Classifier& classifier,
                                                const std::vector<data::Sample>& samples,
                                                const std::vector<int>& labels,
                                                const EvaluationOptions& options, const RunContext& context);

}  // namespace medlocker::training
