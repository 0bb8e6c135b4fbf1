// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/clean_margins.h"

#include <torch/torch.h>

#include <algorithm>
#include <optional>

#include "core/data/orientation.h"
#include "core/protect/candidate_scorer.h"
#include "core/protect/forward_batch.h"
#include "core/protect/shared_batches.h"

namespace medlocker::pipelines {

namespace {

constexpr std::size_t kMostTried = 256;

/// The clean images of one batch, and which samples they are.
struct CleanBatch {
  std::vector<std::size_t> samples;
  std::vector<std::vector<at::Tensor>> inputs;  ///< per model, one row each
};

/// The next readable samples from `next` on, at most as many as a forward pass has rows.
CleanBatch readBatch(const ProtectionInputs& inputs, std::size_t tried, std::size_t& next,
                     const RunContext& context) {
  const std::vector<data::Sample>& samples = inputs.manifest.samples;
  const auto most = static_cast<std::size_t>(protect::forwardBatch(inputs.models.front()->device()));
  CleanBatch batch;
  batch.inputs.resize(inputs.models.size());
  for (; next < tried && batch.samples.size() < most && !context.stopRequested(); ++next) {
    context.report({"Measuring the models", static_cast<std::int64_t>(next), static_cast<std::int64_t>(tried),
                    samples[next].id});
    data::FloatImage view;
    data::FieldOfView fov;
    try {
      view = data::floatView(data::inDisplayOrientation(data::readSample(samples[next]).image));
      fov = data::detectFieldOfView(view);
    } catch (const Error&) {
      continue;  // becomes an issue when its turn comes
    }
    batch.samples.push_back(next);
    for (std::size_t m = 0; m < inputs.models.size(); ++m) {
      const models::ModelInfo& info = inputs.models[m]->info();
      batch.inputs[m].push_back(models::toTensor(data::preprocess(view, fov, info.profile, info.inputSize)));
    }
  }
  return batch;
}

}  // namespace

std::vector<double> measureMarginScales(const ProtectionInputs& inputs, const RunContext& context,
                                        protect::SharedBatches* batches) {
  std::vector<std::vector<double>> margins(inputs.models.size());
  const std::size_t tried = inputs.models.empty() ? 0 : std::min(kMostTried, inputs.manifest.samples.size());
  std::optional<protect::BatchParticipant> participant;
  if (batches != nullptr) participant.emplace(*batches);
  const auto enough = [&margins] {
    return std::all_of(margins.begin(), margins.end(),
                       [](const auto& m) { return m.size() >= protect::kMostCleanMargins; });
  };
  std::size_t next = 0;
  while (next < tried && !enough() && !context.stopRequested()) {
    const CleanBatch batch = readBatch(inputs, tried, next, context);
    if (batch.samples.empty()) continue;
    for (std::size_t m = 0; m < inputs.models.size(); ++m) {
      const models::ModelInfo& info = inputs.models[m]->info();
      const at::Tensor logits = protect::batchedLogits(*inputs.models[m], torch::cat(batch.inputs[m], 0),
                                                       true, participant ? &*participant : nullptr);
      const at::Tensor own = models::predictedClasses(logits, info);
      for (std::size_t row = 0; row < batch.samples.size(); ++row) {
        const auto r = static_cast<std::int64_t>(row);
        const int answer = static_cast<int>(own[r].item<std::int64_t>());
        const int label = inputs.labelMaps[m](inputs.manifest.samples[batch.samples[row]]).value_or(answer);
        if (label != answer || margins[m].size() >= protect::kMostCleanMargins) continue;
        margins[m].push_back(
            protect::hardMargins(logits.narrow(0, r, 1), protect::MarginRule::of(info, label, {}))
                .item<double>());
      }
    }
  }
  std::vector<double> scales;
  for (const std::vector<double>& of : margins) scales.push_back(protect::marginScale(of));
  return scales;
}

}  // namespace medlocker::pipelines
