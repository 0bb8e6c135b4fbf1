// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/clean_margins.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/data/orientation.h"
#include "core/protect/candidate_scorer.h"

namespace medlocker::pipelines {

std::vector<double> measureMarginScales(const ProtectionInputs& inputs, const RunContext& context) {
  constexpr std::size_t kMostTried = 256;
  const std::vector<data::Sample>& samples = inputs.manifest.samples;
  std::vector<std::vector<double>> margins(inputs.models.size());
  const std::size_t tried = inputs.models.empty() ? 0 : std::min(kMostTried, samples.size());
  for (std::size_t i = 0; i < tried && !context.stopRequested(); ++i) {
    if (std::all_of(margins.begin(), margins.end(),
                    [](const auto& m) { return m.size() >= protect::kMostCleanMargins; }))
      break;
    context.report({"Measuring the models", static_cast<std::int64_t>(i), static_cast<std::int64_t>(tried),
                    samples[i].id});
    data::FloatImage view;
    data::FieldOfView fov;
    try {
      view = data::floatView(data::inDisplayOrientation(data::readSample(samples[i]).image));
      fov = data::detectFieldOfView(view);
    } catch (const Error&) {
      continue;  // becomes an issue when its turn comes
    }
    for (std::size_t m = 0; m < inputs.models.size(); ++m) {
      const models::ModelInfo& info = inputs.models[m]->info();
      const at::Tensor input = models::toTensor(data::preprocess(view, fov, info.profile, info.inputSize));
      const at::Tensor logits = protect::batchedLogits(*inputs.models[m], input, true);
      const int own = static_cast<int>(models::predictedClasses(logits, info).item<std::int64_t>());
      const int label = inputs.labelMaps[m](samples[i]).value_or(own);
      if (label != own || margins[m].size() >= protect::kMostCleanMargins) continue;
      margins[m].push_back(
          protect::hardMargins(logits, protect::MarginRule::of(info, label, {})).item<double>());
    }
  }
  std::vector<double> scales;
  for (const std::vector<double>& of : margins) scales.push_back(protect::marginScale(of));
  return scales;
}

}  // namespace medlocker::pipelines
