// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/view_predictor.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/common/error.h"
#include "core/protect/candidate_scorer.h"

namespace medlocker::pipelines {

PictureView pictureView(const data::Image& image) {
  return pictureView(data::floatView(image));
}

PictureView pictureView(data::FloatImage view) {
  PictureView out;
  out.fov = data::detectFieldOfView(view);
  out.view = std::move(view);
  return out;
}

data::FloatImage modelInput(const models::Classifier& model, const PictureView& picture,
                            std::optional<data::PreprocessProfile> profile) {
  const models::ModelInfo& info = model.info();
  return data::preprocess(picture.view, picture.fov, profile.value_or(info.profile), info.inputSize);
}

std::vector<ViewPrediction> predictInputs(const models::Classifier& model,
                                          const std::vector<const data::FloatImage*>& views) {
  if (views.empty()) return {};
  const torch::NoGradGuard noGradients;
  const models::ModelInfo& info = model.info();
  std::vector<at::Tensor> inputs;
  inputs.reserve(views.size());
  for (const data::FloatImage* view : views) inputs.push_back(models::toTensor(*view));
  const at::Tensor logits = protect::batchedLogits(model, torch::cat(inputs), true).contiguous();
  if (!torch::isfinite(logits).all().item<bool>())
    throw Error(ErrorCode::InputRejected, "the model answers with values that are not finite", info.name);
  const at::Tensor classes = models::predictedClasses(logits, info);
  const at::Tensor probabilities =
      models::classProbabilities(logits, info).to(torch::kFloat64).cpu().contiguous();
  std::vector<ViewPrediction> out(views.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    out[i].predicted = static_cast<int>(classes[row].item<std::int64_t>());
    const double* p = probabilities.data_ptr<double>() + row * probabilities.size(1);
    out[i].probabilities.assign(p, p + probabilities.size(1));
    const float* raw = logits.data_ptr<float>() + row * logits.size(1);
    out[i].outputs.assign(raw, raw + logits.size(1));
  }
  return out;
}

ViewPrediction averageViews(const std::vector<ViewPrediction>& views) {
  ViewPrediction out = views.front();
  if (views.size() == 1) return out;
  for (std::size_t v = 1; v < views.size(); ++v)
    for (std::size_t c = 0; c < out.probabilities.size(); ++c)
      out.probabilities[c] += views[v].probabilities[c];
  for (double& p : out.probabilities) p /= static_cast<double>(views.size());
  out.predicted = static_cast<int>(std::max_element(out.probabilities.begin(), out.probabilities.end()) -
                                   out.probabilities.begin());
  out.outputs.clear();
  return out;
}

}  // namespace medlocker::pipelines
