// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/attacked_set.h"

#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/data/preprocess.h"
#include "core/pipelines/model_set.h"

namespace medlocker::pipelines {

AttackedSet chooseSamples(const data::Manifest& manifest, const models::ModelInfo& model,
                          const std::string& split, int perClass, std::vector<ItemIssue>& issues,
                          const std::vector<std::string>& only) {
  const std::set<std::string> named(only.begin(), only.end());
  const LabelMap labelOf(manifest, model);
  AttackedSet set;
  std::map<int, int> taken;
  for (std::size_t i = 0; i < manifest.samples.size(); ++i) {
    const data::Sample& sample = manifest.samples[i];
    if (!split.empty() && data::toString(sample.split) != split) continue;
    if (!named.empty() && !named.contains(sample.id)) continue;
    const std::optional<int> label = labelOf(sample);
    if (!label || *label < 0 || *label >= static_cast<int>(model.classes.size())) {
      issues.push_back({sample.id,
                        sample.label ? "its label is outside the classes of the model '" + model.name + "'"
                                     : std::string("has no label"),
                        true});
      continue;
    }
    if (perClass > 0 && taken[*label] >= perClass) continue;
    ++taken[*label];
    set.samples.push_back(static_cast<std::int64_t>(i));
    set.labels.push_back(*label);
  }
  if (set.samples.empty())
    throw Error(ErrorCode::InputRejected,
                "no labelled image is left to attack" +
                    (split.empty() ? std::string() : " in the part '" + split + "'"),
                manifest.root.string());
  return set;
}

int comfortableBatch(int inputSize, DeviceKind device) {
  const double side = std::max(inputSize, 16);
  const int rows = std::max(1, static_cast<int>(4.0 * (224.0 / side) * (224.0 / side)));
  return std::min(device == DeviceKind::Cuda ? 32 * rows : rows, 128);
}

attacks::AttackBatch loadBatch(const data::Manifest& manifest, const AttackedSet& set, std::size_t begin,
                               std::size_t end, const models::Classifier& model,
                               std::vector<ItemIssue>& unreadable) {
  std::vector<at::Tensor> images;
  std::vector<std::int64_t> labels;
  attacks::AttackBatch batch;
  for (std::size_t i = begin; i < end; ++i) {
    const data::Sample& sample = manifest.samples[static_cast<std::size_t>(set.samples[i])];
    try {
      const data::FloatImage image =
          data::preprocess(data::readSample(sample).image, model.info().profile, model.info().inputSize);
      images.push_back(models::toTensor(image).clamp_(0, 1));
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Internal) throw;
      unreadable.push_back({sample.id, e.what(), true});
      continue;
    }
    labels.push_back(set.labels[i]);
    batch.samples.push_back(set.samples[i]);
  }
  const int side = model.info().inputSize;
  const torch::Device device(model.device() == DeviceKind::Cuda ? torch::kCUDA : torch::kCPU);
  batch.images = (images.empty() ? torch::empty({0, 3, side, side}) : torch::cat(images)).to(device);
  batch.labels = torch::tensor(labels, torch::kInt64).to(device);
  return batch;
}

std::vector<int> toInts(const at::Tensor& values) {
  const at::Tensor host = values.to(torch::kCPU, torch::kInt64).contiguous();
  const auto* data = host.data_ptr<std::int64_t>();
  return {data, data + host.numel()};
}

at::Tensor toRows(const std::vector<std::int64_t>& rows, const at::Tensor& like) {
  return torch::tensor(rows, torch::kInt64).to(like.device());
}

}  // namespace medlocker::pipelines
