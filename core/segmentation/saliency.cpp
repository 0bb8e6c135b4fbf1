// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/saliency.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "core/common/error.h"
#include "core/data/preprocess.h"
#include "core/data/resample.h"
#include "core/models/convolution_record.h"

namespace medlocker::segmentation {
namespace {

/// What grows as the predicted grade becomes surer.
torch::Tensor evidenceOf(const torch::Tensor& logits, const models::ModelInfo& info, std::int64_t predicted) {
  switch (info.head) {
    case models::HeadType::Softmax:
      return logits[0][predicted];
    case models::HeadType::Ordinal:
      return predicted > 0 ? logits[0][predicted - 1] : -logits[0][0];
    case models::HeadType::Regression:
      return predicted > 0 ? logits[0][0] : -logits[0][0];
  }
  return logits[0][predicted];
}

/// Where the model's square input lies in the photograph.
data::Box inputBox(const data::FieldOfView& fieldOfView, data::PreprocessProfile profile) {
  const data::Box& g = fieldOfView.frame;
  if (profile != data::PreprocessProfile::Pad) return g;
  const int side = std::max(g.width(), g.height());
  const int x0 = g.x0 - (side - g.width()) / 2;
  const int y0 = g.y0 - (side - g.height()) / 2;
  return {x0, y0, x0 + side, y0 + side};
}

}  // namespace

std::optional<std::vector<std::uint8_t>> saliencyMap(const models::Classifier& classifier,
                                                     const data::FloatImage& view,
                                                     const data::FieldOfView& fieldOfView) {
  const models::ModelInfo& info = classifier.info();
  torch::Tensor map;
  {
    const c10::InferenceMode inference(false);
    const torch::AutoGradMode gradients(true);
    torch::Tensor input = models::toTensor(data::preprocess(view, fieldOfView, info.profile, info.inputSize));
    if (classifier.device() == DeviceKind::Cuda) input = input.to(torch::kCUDA);
    input.set_requires_grad(true);
    const models::ConvolutionRecord record;
    const torch::Tensor logits = classifier.logits(input);
    const torch::Tensor activation = record.last();
    if (!activation.defined() || !activation.requires_grad()) return std::nullopt;
    const auto predicted = models::predictedClasses(logits.detach(), info)[0].item<std::int64_t>();
    const torch::Tensor evidence = evidenceOf(logits, info, predicted);
    if (!evidence.requires_grad()) return std::nullopt;
    const torch::Tensor slope = torch::autograd::grad({evidence}, {activation}, {}, std::nullopt,
                                                      /*create_graph=*/false, /*allow_unused=*/true)[0];
    if (!slope.defined()) return std::nullopt;
    const torch::Tensor weights = slope.mean({2, 3}, true);
    map = (weights * activation.detach()).sum(1, true).relu_().to(torch::kCPU, torch::kFloat);
  }
  const data::Box box = inputBox(fieldOfView, info.profile);
  const auto rows = static_cast<int>(map.size(2));
  const auto columns = static_cast<int>(map.size(3));
  map = map.contiguous();
  const float* coarse = map.data_ptr<float>();
  const auto [low, high] = std::minmax_element(coarse, coarse + map.numel());
  if (!std::isfinite(*low) || !std::isfinite(*high) || !(*high > *low)) return std::nullopt;
  // Bilinear between the cells' centres, as the map is commonly enlarged. Own code: the same on every
  // machine.
  const auto at = [&](int r, int c) { return coarse[r * columns + c]; };
  std::vector<std::uint8_t> values(static_cast<std::size_t>(view.width) *
                                   static_cast<std::size_t>(view.height));
  const data::Box& g = fieldOfView.frame;
  for (int y = g.y0; y < g.y1; ++y)
    for (int x = g.x0; x < g.x1; ++x) {
      const double u = std::clamp((x + 0.5 - box.x0) * columns / box.width() - 0.5, 0.0, columns - 1.0);
      const double v = std::clamp((y + 0.5 - box.y0) * rows / box.height() - 0.5, 0.0, rows - 1.0);
      const int c0 = static_cast<int>(u);
      const int r0 = static_cast<int>(v);
      const int c1 = std::min(c0 + 1, columns - 1);
      const int r1 = std::min(r0 + 1, rows - 1);
      const double fu = u - c0;
      const double fv = v - r0;
      const double value = (at(r0, c0) * (1 - fu) + at(r0, c1) * fu) * (1 - fv) +
                           (at(r1, c0) * (1 - fu) + at(r1, c1) * fu) * fv;
      values[static_cast<std::size_t>(y) * static_cast<std::size_t>(view.width) +
             static_cast<std::size_t>(x)] =
          static_cast<std::uint8_t>(std::lround(255 * (value - *low) / (*high - *low)));
    }
  return values;
}

ProtectedRegions regionsFromSaliency(const models::Classifier& classifier, const data::FloatImage& view,
                                     const data::FieldOfView& fieldOfView, int threshold) {
  if (threshold < 0 || threshold > 254)
    throw Error(ErrorCode::InvalidArgument, "the saliency threshold must lie in 0..254");
  const auto map = saliencyMap(classifier, view, fieldOfView);
  if (!map) return regionsFromMasks({}, fieldOfView, {});
  LesionMask mask;
  mask.kind = data::LesionKind::Other;
  mask.name = "saliency";
  mask.mask.width = view.width;
  mask.mask.height = view.height;
  mask.mask.values.reserve(map->size());
  for (const std::uint8_t value : *map) mask.mask.values.push_back(value > threshold ? 1 : 0);
  RegionOptions options;
  options.source = BoxSource::Saliency;
  ProtectedRegions regions = regionsFromMasks({&mask, 1}, fieldOfView, options);
  regions.notes.push_back(
      "SALIENCY: there is neither a lesion mask nor a segmenter; the boxes mark what the model " +
      classifier.info().name + " looks at, not lesions");
  return regions;
}

}  // namespace medlocker::segmentation
