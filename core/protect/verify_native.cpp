// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/verify_native.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

constexpr int kMostJudgements = 60;
constexpr int kLargestStep = 8;
constexpr int kOpacityStep = 1311;  // 0.02 of 65535
constexpr std::size_t kJudgedPerRound = 2;
constexpr int kRaises = 4;

}  // namespace

bool NativeVerdict::betterThan(const NativeVerdict& other) const {
  if (fooled() != other.fooled()) return fooled() > other.fooled();
  return score.objective < other.score.objective;
}

NativeVerifier::NativeVerifier(std::vector<SourceModel> sources, std::vector<Transform> transforms, Goal goal,
                               ObjectiveOptions objective, BatchParticipant* shared)
    : sources_(std::move(sources)),
      transforms_(std::move(transforms)),
      goal_(goal),
      objective_(std::move(objective)),
      shared_(shared) {
  if (transforms_.empty() || transforms_[0].changesPixels() || transforms_[0].profile)
    throw Error(ErrorCode::InvalidArgument, "the first transform must be the identity");
}

NativeVerdict NativeVerifier::evaluate(const data::Image& image, double meanOpacity, double coverage) const {
  const torch::InferenceMode guard;
  const data::FloatImage view = data::floatView(image);
  const data::FieldOfView fov = data::detectFieldOfView(view);
  NativeVerdict verdict;
  verdict.score.margins = MarginTable(sources_.size(), transforms_.size());
  std::map<std::pair<int, data::PreprocessProfile>, at::Tensor> plain;
  for (std::size_t k = 0; k < sources_.size(); ++k) {
    const models::ModelInfo& info = sources_[k].classifier->info();
    std::vector<at::Tensor> inputs;
    for (std::size_t t = 0; t < transforms_.size(); ++t) {
      const data::PreprocessProfile profile = transforms_[t].profile.value_or(info.profile);
      if (t == 0) {
        // Exactly what an evaluation feeds the model.
        inputs.push_back(models::toTensor(data::preprocess(view, fov, profile, info.inputSize)));
        continue;
      }
      at::Tensor& geometry = plain[{info.inputSize, profile}];
      if (!geometry.defined()) geometry = profileGeometry(view, fov, profile, info.inputSize);
      inputs.push_back(SurrogateView::finishProfile(applyTransform(geometry, transforms_[t]), profile));
    }
    const at::Tensor logits = batchedLogits(*sources_[k].classifier, torch::cat(inputs, 0), true, shared_);
    const at::Tensor margins =
        hardMargins(logits, MarginRule::of(info, sources_[k].label, goal_)).contiguous();
    if (!torch::isfinite(margins).all().item<bool>())
      throw Error(ErrorCode::InputRejected, "the model answers with NaN or infinity", info.name);
    const double* values = margins.data_ptr<double>();
    for (std::size_t t = 0; t < transforms_.size(); ++t)
      verdict.score.margins.at(k, t) = values[t] / sources_[k].scale;
    verdict.rawMargins.push_back(values[0]);
    verdict.predictions.push_back(
        static_cast<int>(models::predictedClasses(logits.narrow(0, 0, 1), info).item<std::int64_t>()));
  }
  verdict.score.objective = objective(verdict.score.margins, meanOpacity, coverage, objective_);
  return verdict;
}

NativeSearchResult searchNatively(const std::vector<FilePlacement>& start, const NativeFeasibility& feasible,
                                  ModelScorer& scorer, const NativeJudge& judge,
                                  const NativeSearchRange& range) {
  using Logos = std::vector<FilePlacement>;
  NativeSearchResult best{start, judge(start), 1};
  std::vector<Logos> judged{start};
  const auto consider = [&](const Logos& candidate) {
    const NativeVerdict verdict = judge(candidate);
    ++best.evaluations;
    judged.push_back(candidate);
    if (!verdict.betterThan(best.verdict)) return false;
    best.placements = candidate;
    best.verdict = verdict;
    return true;
  };
  const auto asNative = [](const Logos& logos) {
    PlacementSet set;
    for (const FilePlacement& logo : logos)
      set.push_back({static_cast<double>(logo.x), static_cast<double>(logo.y), logo.alphaCode});
    return set;
  };

  const std::size_t movable = range.movable ? start.size() : 0;
  for (std::size_t k = 0; k < movable; ++k) {
    const int limit = kMostJudgements * static_cast<int>(k + 1) / static_cast<int>(movable);
    std::vector<data::Box> taken;
    for (std::size_t j = 0; j < best.placements.size(); ++j)
      if (j != k)
        taken.push_back({best.placements[j].x, best.placements[j].y, best.placements[j].x + range.tile.width,
                         best.placements[j].y + range.tile.height});
    const NativeFeasibility free = feasible.avoiding(taken);
    for (int step = kLargestStep; step >= 1 && !best.verdict.fooledAll();) {
      const FilePlacement centre = best.placements[k];
      std::vector<Logos> neighbours;
      const auto add = [&](const FilePlacement& moved) {
        Logos neighbour = best.placements;
        neighbour[k] = moved;
        if (std::find(judged.begin(), judged.end(), neighbour) == judged.end() &&
            std::find(neighbours.begin(), neighbours.end(), neighbour) == neighbours.end())
          neighbours.push_back(std::move(neighbour));
      };
      for (const int dy : {-1, 0, 1})
        for (const int dx : {-1, 0, 1})
          if (dx != 0 || dy != 0)
            if (const auto site = free.repair(centre.x + dx * step, centre.y + dy * step))
              add({site->x, site->y, centre.alphaCode});
      for (const int raise : {kOpacityStep, -kOpacityStep})
        add({centre.x, centre.y, std::clamp(centre.alphaCode + raise, range.lowCode, range.highCode)});
      if (neighbours.empty()) {
        step /= 2;
        continue;
      }
      std::vector<PlacementSet> pictures;
      for (const Logos& neighbour : neighbours) pictures.push_back(asNative(neighbour));
      const std::vector<CandidateScore> ranks = scorer.scoreSets(pictures, ScoreStage::Refine);
      std::vector<std::size_t> order(neighbours.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return ranks[a].objective < ranks[b].objective; });
      bool improved = false;
      for (std::size_t i = 0; i < std::min(kJudgedPerRound, order.size()); ++i) {
        if (best.evaluations >= limit || best.verdict.fooledAll()) break;
        improved = consider(neighbours[order[i]]) || improved;
      }
      if (best.evaluations >= limit) break;
      if (!improved) step /= 2;
    }
  }

  const Logos from = best.placements;
  for (int i = 1; i <= kRaises && !best.verdict.fooledAll(); ++i) {
    Logos raised = from;
    for (std::size_t k = 0; k < raised.size(); ++k)
      raised[k] = {best.placements[k].x, best.placements[k].y,
                   from[k].alphaCode + (range.highCode - from[k].alphaCode) * i / kRaises};
    if (std::find(judged.begin(), judged.end(), raised) == judged.end()) consider(raised);
  }
  return best;
}

}  // namespace medlocker::protect
