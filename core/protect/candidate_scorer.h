// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/data/working_frame.h"
#include "core/models/classifier.h"
#include "core/protect/forward_batch.h"
#include "core/protect/objective.h"
#include "core/protect/surrogate_view.h"
#include "core/protect/transforms.h"

namespace medlocker::protect {

/// A candidate of the search (spec 7.1): corner in working pixels relative to G, and opacity code.
struct Placement {
  int x = 0;
  int y = 0;
  int alphaCode = 0;
  bool operator==(const Placement&) const = default;
  auto operator<=>(const Placement&) const = default;
};

/// A candidate between the pixels, for gradients: corner in working pixels, opacity 0..1.
struct RealPlacement {
  double x = 0;
  double y = 0;
  double alpha = 0;
};

/// Smooth objective at a RealPlacement and its derivatives, per working pixel and per unit of opacity.
struct PlacementGradient {
  double objective = 0;
  double dx = 0;
  double dy = 0;
  double dAlpha = 0;
};

struct CandidateScore {
  double objective = 0;  ///< J
  MarginTable margins;   ///< normalised
};

/// How much of a candidate is computed.
enum class ScoreStage {
  Screen,   ///< identity transform, fast logits
  Refine,   ///< all transforms, fast logits
  Confirm,  ///< all transforms, float32 logits: what decisions are based on
};

/// Scores candidates for a search. The search knows nothing of images and models beyond this.
class CandidateScorer {
 public:
  virtual ~CandidateScorer() = default;
  /// One score per candidate, in order. The result of a candidate does not depend on the others in the call.
  /// Throws Error(InputRejected) naming the model when one answers with NaN or infinity.
  virtual std::vector<CandidateScore> score(std::span<const Placement> candidates, ScoreStage stage) = 0;
  /// Objective with smooth margins under all transforms and its gradient, one per candidate, in order; each
  /// depends on itself alone. Default: throws Error(Unsupported), as a black box has no gradients.
  virtual std::vector<PlacementGradient> gradients(std::span<const RealPlacement> candidates);
};

/// One source model of a search.
struct SourceModel {
  models::ClassifierPtr classifier;
  int label = 0;     ///< the grade this model is to be led away from
  double scale = 1;  ///< median clean margin (marginScale)
};

/// Scores candidates of one image with real models (spec 5, 6). Not thread-safe: one search owns it. The
/// view, field of view and frame are only read while constructing.
class ModelScorer : public CandidateScorer {
 public:
  /// `transforms`: the identity first. `grey`: the image has one channel. `fieldOfViewArea` in native pixels.
  /// `shared`: score() shares its forward passes with other searches; must outlive the scorer.
  ModelScorer(const data::FloatImage& view, const data::FieldOfView& fov, const data::WorkingFrame& frame,
              const LogoTile& tile, OpacityLaw law, bool grey, std::vector<SourceModel> sources,
              std::vector<Transform> transforms, Goal goal, ObjectiveOptions objective,
              BatchParticipant* shared = nullptr);

  std::vector<CandidateScore> score(std::span<const Placement> candidates, ScoreStage stage) override;

  std::vector<PlacementGradient> gradients(std::span<const RealPlacement> candidates) override;

  /// The same for native corners, as the native pattern search needs them.
  std::vector<CandidateScore> scoreNative(std::span<const NativePlacement> candidates, ScoreStage stage);

  /// Candidates of several logos each; setOthers() plays no part. J holds the mean opacity over the logos and
  /// their coverage together.
  std::vector<CandidateScore> scoreSets(std::span<const PlacementSet> candidates, ScoreStage stage);

  /// Logos that lie in every picture beside the candidate of score(), scoreNative() and gradients(). Supports
  /// must not overlap with the candidates'.
  void setOthers(PlacementSet others);

  /// Objective with smooth margins of fixed logos whose colours are moved, and its derivative by the field.
  struct ColourGradient {
    double objective = 0;
    std::vector<double> gradient;
  };
  /// Under the transforms with these numbers (0: identity). `wanted`: false leaves the gradient empty.
  ColourGradient colourGradient(std::span<const NativePlacement> placements, const ColourField& shift,
                                std::span<const std::size_t> transforms, bool wanted = true);
  std::size_t transformCount() const { return transforms_.size(); }

  /// From now on with another tile of the same size.
  void setTile(const LogoTile& tile);

  /// Where a working placement lies in the file.
  NativePlacement nativeOf(const Placement& candidate) const;

  double meanOpacity(int alphaCode) const;
  double coverage() const { return coverage_; }
  const std::vector<SourceModel>& sources() const { return sources_; }

  /// Forward passes made so far, in images; for speed figures.
  std::int64_t forwards() const { return forwards_; }

 private:
  using ViewKey = std::pair<int, data::PreprocessProfile>;  // side, profile

  void scoreChunk(std::span<const PlacementSet> chunk, ScoreStage stage, std::vector<CandidateScore>& out);
  /// Smooth margins of one model under one transform, clamped at −κ; with `gradient`, also the derivative of
  /// `weight` times their sum by the picture.
  at::Tensor tapedMargins(std::size_t model, const ViewKey& key, const Transform& transform,
                          const at::Tensor& picture, double weight, at::Tensor* gradient);
  double weightOf(std::size_t model) const;
  const at::Tensor& base(const ViewKey& key);
  void gradientChunk(std::span<const SoftPlacement> chunk, std::vector<PlacementGradient>& out);

  FloatTile tile_;
  OpacityLaw law_;
  bool grey_;
  double originX_;
  double originY_;
  double rho_;
  double coverage_;
  std::vector<SourceModel> sources_;
  std::vector<Transform> transforms_;
  Goal goal_;
  ObjectiveOptions objective_;
  BatchParticipant* shared_;
  std::map<ViewKey, std::unique_ptr<SurrogateView>> views_;
  std::map<int, double> meanOpacities_;
  PlacementSet others_;
  std::map<ViewKey, at::Tensor> bases_;  // pictures with the others alone
  std::int64_t forwards_ = 0;
};

}  // namespace medlocker::protect
