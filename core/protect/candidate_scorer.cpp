// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/candidate_scorer.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "core/common/error.h"
#include "core/common/one_compute_thread.h"

namespace medlocker::protect {
namespace {

constexpr int kScreenBatches = 4;

data::PreprocessProfile profileFor(const models::ModelInfo& info, const Transform& transform) {
  return transform.profile.value_or(info.profile);
}

}  // namespace

std::vector<PlacementGradient> CandidateScorer::gradients(std::span<const RealPlacement> /*candidates*/) {
  throw Error(ErrorCode::Unsupported, "gradients are not available here; use mode grid or evolve");
}

ModelScorer::ModelScorer(const data::FloatImage& view, const data::FieldOfView& fov,
                         const data::WorkingFrame& frame, const LogoTile& tile, OpacityLaw law, bool grey,
                         std::vector<SourceModel> sources, std::vector<Transform> transforms, Goal goal,
                         ObjectiveOptions objective, BatchParticipant* shared)
    : tile_(tile, law, grey),
      law_(law),
      grey_(grey),
      originX_(frame.frame.x0),
      originY_(frame.frame.y0),
      rho_(frame.rho),
      coverage_(static_cast<double>(tile_.supportArea()) /
                static_cast<double>(std::max<std::int64_t>(1, fov.area))),
      sources_(std::move(sources)),
      transforms_(std::move(transforms)),
      goal_(goal),
      objective_(std::move(objective)),
      shared_(shared) {
  if (sources_.empty()) throw Error(ErrorCode::InvalidArgument, "a search needs at least one source model");
  if (transforms_.empty() || transforms_[0].changesPixels() || transforms_[0].profile)
    throw Error(ErrorCode::InvalidArgument, "the first transform must be the identity");
  for (const SourceModel& source : sources_)
    for (const Transform& transform : transforms_) {
      const models::ModelInfo& info = source.classifier->info();
      const ViewKey key{info.inputSize, profileFor(info, transform)};
      if (!views_.contains(key))
        views_.emplace(key, std::make_unique<SurrogateView>(view, fov, key.second, key.first, tile_));
    }
}

double ModelScorer::meanOpacity(int alphaCode) const {
  return tile_.meanOpacity(alphaCode);
}

std::vector<CandidateScore> ModelScorer::score(std::span<const Placement> candidates, ScoreStage stage) {
  std::vector<NativePlacement> native;
  native.reserve(candidates.size());
  for (const Placement& candidate : candidates) native.push_back(nativeOf(candidate));
  return scoreNative(native, stage);
}

NativePlacement ModelScorer::nativeOf(const Placement& candidate) const {
  // The native corner that the file will get, so that the model-resolution picture has the same sub-pixel
  // phase.
  return {originX_ + static_cast<double>(std::lround(candidate.x / rho_)),
          originY_ + static_cast<double>(std::lround(candidate.y / rho_)), candidate.alphaCode};
}

void ModelScorer::setOthers(PlacementSet others) {
  others_ = std::move(others);
  bases_.clear();
}

void ModelScorer::setTile(const LogoTile& tile) {
  tile_ = FloatTile(tile, law_, grey_);
  for (const auto& [key, view] : views_) view->setTile(tile_);
  meanOpacities_.clear();
  bases_.clear();
}

const at::Tensor& ModelScorer::base(const ViewKey& key) {
  at::Tensor& picture = bases_[key];
  if (!picture.defined())
    picture = others_.empty() ? views_.at(key)->clean() : views_.at(key)->composeSets({&others_, 1});
  return picture;
}

double ModelScorer::weightOf(std::size_t model) const {
  const std::vector<double>& weights = objective_.modelWeights;
  if (weights.empty()) return 1.0 / static_cast<double>(sources_.size());
  double total = 0;
  for (const double weight : weights) total += weight;
  return weights[model] / total;
}

std::vector<CandidateScore> ModelScorer::scoreNative(std::span<const NativePlacement> candidates,
                                                     ScoreStage stage) {
  std::vector<PlacementSet> sets;
  sets.reserve(candidates.size());
  for (const NativePlacement& candidate : candidates) {
    sets.push_back(others_);
    sets.back().push_back(candidate);
  }
  return scoreSets(sets, stage);
}

std::vector<CandidateScore> ModelScorer::scoreSets(std::span<const PlacementSet> candidates,
                                                   ScoreStage stage) {
  const torch::InferenceMode guard;
  std::vector<CandidateScore> scores;
  scores.reserve(candidates.size());
  // Several batches at once keep several lanes busy; under all transforms one candidate is several rows.
  const int batches = stage == ScoreStage::Screen ? kScreenBatches : 1;
  const auto chunk = static_cast<std::size_t>(batches * forwardBatch(sources_[0].classifier->device()));
  for (std::size_t start = 0; start < candidates.size(); start += chunk)
    scoreChunk(candidates.subspan(start, std::min(chunk, candidates.size() - start)), stage, scores);
  return scores;
}

std::vector<PlacementGradient> ModelScorer::gradients(std::span<const RealPlacement> candidates) {
  std::vector<SoftPlacement> native;
  native.reserve(candidates.size());
  for (const RealPlacement& candidate : candidates)
    native.push_back({originX_ + candidate.x / rho_, originY_ + candidate.y / rho_, candidate.alpha});
  std::vector<PlacementGradient> out;
  out.reserve(candidates.size());
  const std::size_t chunk = static_cast<std::size_t>(forwardBatch(sources_[0].classifier->device()));
  for (std::size_t start = 0; start < native.size(); start += chunk)
    gradientChunk(std::span(native).subspan(start, std::min(chunk, native.size() - start)), out);
  return out;
}

at::Tensor ModelScorer::tapedMargins(std::size_t model, const ViewKey& key, const Transform& transform,
                                     const at::Tensor& picture, double weight, at::Tensor* gradient) {
  const torch::AutoGradMode taped(gradient != nullptr);
  const OneComputeThread one;  // gradients must not depend on the number of threads either
  const SourceModel& source = sources_[model];
  const models::ModelInfo& info = source.classifier->info();
  // One short tape per model and transform: memory stays that of one forward pass.
  const at::Tensor leaf = picture.detach().requires_grad_(gradient != nullptr);
  at::Tensor input = views_.at(key)->finish(applyTransform(leaf, transform));
  if (source.classifier->device() == DeviceKind::Cuda) input = input.to(torch::kCUDA);
  const at::Tensor logits = source.classifier->logits(input).to(torch::kCPU);
  forwards_ += (gradient ? 2 : 1) * logits.size(0);
  const at::Tensor margins = (smoothMargins(logits, MarginRule::of(info, source.label, goal_)) / source.scale)
                                 .clamp_min(-objective_.kappa);
  if (!torch::isfinite(margins).all().item<bool>())
    throw Error(ErrorCode::InputRejected, "the model answers with NaN or infinity", info.name);
  if (gradient) *gradient = torch::autograd::grad({margins}, {leaf}, {torch::full_like(margins, weight)})[0];
  return margins.detach().contiguous();
}

ModelScorer::ColourGradient ModelScorer::colourGradient(std::span<const NativePlacement> placements,
                                                        const ColourField& shift,
                                                        std::span<const std::size_t> transforms,
                                                        bool wanted) {
  ColourGradient out;
  if (wanted) out.gradient.assign(shift.values.size(), 0);
  std::map<ViewKey, at::Tensor> pictures;
  std::map<ViewKey, at::Tensor> upstream;
  for (std::size_t k = 0; k < sources_.size(); ++k) {
    const models::ModelInfo& info = sources_[k].classifier->info();
    const double weight = weightOf(k) / static_cast<double>(transforms.size());
    for (const std::size_t t : transforms) {
      const ViewKey key{info.inputSize, profileFor(info, transforms_[t])};
      at::Tensor& picture = pictures[key];
      if (!picture.defined()) picture = views_.at(key)->composeShifted(placements, shift);
      at::Tensor gradient;
      const at::Tensor margins =
          tapedMargins(k, key, transforms_[t], picture, weight, wanted ? &gradient : nullptr);
      out.objective += weight * margins.data_ptr<double>()[0];
      if (!wanted) continue;
      at::Tensor& sum = upstream[key];
      sum = sum.defined() ? sum + gradient : gradient;
    }
  }
  for (const auto& [key, gradient] : upstream)
    views_.at(key)->shiftGradient(gradient, placements, shift, out.gradient);
  return out;
}

void ModelScorer::gradientChunk(std::span<const SoftPlacement> chunk, std::vector<PlacementGradient>& out) {
  const auto count = static_cast<std::int64_t>(chunk.size());
  const std::size_t first = out.size();
  out.resize(first + chunk.size());
  std::map<ViewKey, at::Tensor> pictures;
  std::map<ViewKey, at::Tensor> upstream;
  for (std::size_t k = 0; k < sources_.size(); ++k) {
    const SourceModel& source = sources_[k];
    const models::ModelInfo& info = source.classifier->info();
    const double weight = weightOf(k) / static_cast<double>(transforms_.size());
    for (const Transform& transform : transforms_) {
      const ViewKey key{info.inputSize, profileFor(info, transform)};
      at::Tensor& picture = pictures[key];
      if (!picture.defined())
        picture = filledUp(views_.at(key)->composeSoft(base(key), chunk),
                           forwardBatch(source.classifier->device()));
      at::Tensor gradient;
      const at::Tensor margins = tapedMargins(k, key, transform, picture, weight, &gradient);
      at::Tensor& sum = upstream[key];
      sum = sum.defined() ? sum + gradient : gradient;
      for (std::size_t i = 0; i < chunk.size(); ++i)
        out[first + i].objective += weight * margins.data_ptr<double>()[i];
    }
  }
  for (const auto& [key, gradient] : upstream) {
    const std::vector<SoftGradient> parts =
        views_.at(key)->softGradients(base(key), gradient.narrow(0, 0, count), chunk);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      out[first + i].dx += parts[i].dx / rho_;
      out[first + i].dy += parts[i].dy / rho_;
      out[first + i].dAlpha += parts[i].dAlpha;
    }
  }
  constexpr int kCodes = 64;  // difference quotient of the mean opacity, which is nearly linear
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    const int code = std::clamp(opacityCode(chunk[i].alpha), kCodes, kOpacityOne - kCodes);
    PlacementGradient& g = out[first + i];
    g.objective += objective_.lambdaOpacity * tile_.meanOpacity(opacityCode(chunk[i].alpha)) +
                   objective_.lambdaCoverage * coverage_;
    g.dAlpha += objective_.lambdaOpacity *
                (tile_.meanOpacity(code + kCodes) - tile_.meanOpacity(code - kCodes)) /
                opacityValue(2 * kCodes);
  }
}

void ModelScorer::scoreChunk(std::span<const PlacementSet> chunk, ScoreStage stage,
                             std::vector<CandidateScore>& out) {
  const std::size_t transforms = stage == ScoreStage::Screen ? 1 : transforms_.size();
  const auto count = static_cast<std::int64_t>(chunk.size());
  const std::size_t first = out.size();
  for (std::size_t i = 0; i < chunk.size(); ++i) out.push_back({0, MarginTable(sources_.size(), transforms)});

  // Models of one input size share the composed and transformed pictures.
  std::map<ViewKey, std::vector<at::Tensor>> composed;
  std::map<std::pair<ViewKey, std::size_t>, at::Tensor> inputs;
  for (std::size_t k = 0; k < sources_.size(); ++k) {
    const SourceModel& source = sources_[k];
    const models::ModelInfo& info = source.classifier->info();
    const auto batch = static_cast<std::size_t>(forwardBatch(source.classifier->device()));
    std::vector<at::Tensor> parts;
    for (std::size_t t = 0; t < transforms; ++t) {
      const ViewKey key{info.inputSize, profileFor(info, transforms_[t])};
      at::Tensor& input = inputs[{key, t}];
      if (!input.defined()) {
        std::vector<at::Tensor>& plain = composed[key];
        // In whole batches, filled up before the transforms, so that their kernels see one shape only.
        for (std::size_t start = plain.size() * batch; start < chunk.size(); start += batch)
          plain.push_back(filledUp(
              views_.at(key)->composeSets(chunk.subspan(start, std::min(batch, chunk.size() - start))),
              static_cast<std::int64_t>(batch)));
        std::vector<at::Tensor> finished;
        for (const at::Tensor& part : plain)
          finished.push_back(views_.at(key)->finish(applyTransform(part, transforms_[t])));
        input = torch::cat(finished, 0).narrow(0, 0, count);
      }
      parts.push_back(input);
    }
    const at::Tensor logits =
        batchedLogits(*source.classifier, torch::cat(parts, 0), stage == ScoreStage::Confirm, shared_);
    forwards_ += logits.size(0);
    const at::Tensor margins =
        (hardMargins(logits, MarginRule::of(info, source.label, goal_)) / source.scale).contiguous();
    if (!torch::isfinite(margins).all().item<bool>())
      throw Error(ErrorCode::InputRejected, "the model answers with NaN or infinity", info.name);
    const double* values = margins.data_ptr<double>();
    for (std::size_t t = 0; t < transforms; ++t)
      for (std::size_t i = 0; i < chunk.size(); ++i)
        out[first + i].margins.at(k, t) = values[t * chunk.size() + i];
  }
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    CandidateScore& score = out[first + i];
    double opacity = 0;
    for (const NativePlacement& placement : chunk[i]) {
      const auto [known, added] = meanOpacities_.try_emplace(placement.alphaCode);
      if (added) known->second = tile_.meanOpacity(placement.alphaCode);
      opacity += known->second;
    }
    const auto logos = static_cast<double>(chunk[i].size());
    score.objective =
        objective(score.margins, logos > 0 ? opacity / logos : 0, logos * coverage_, objective_);
  }
}

}  // namespace medlocker::protect
