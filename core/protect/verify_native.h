// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/data/image.h"
#include "core/protect/candidate_scorer.h"
#include "core/protect/compositor.h"
#include "core/protect/feasibility_plan.h"
#include "core/protect/search.h"

namespace medlocker::protect {

/// What the source models say about one image, by the same path as any later evaluation: display window,
/// field of view and model input are computed anew from the samples; float32.
struct NativeVerdict {
  CandidateScore score;            ///< normalised margins under identity and fresh transforms, and J
  std::vector<double> rawMargins;  ///< hard margins on the untransformed image, not normalised
  std::vector<int> predictions;    ///< predicted class per model
  bool fooledAll() const { return score.margins.models > 0 && fooled() == score.margins.models; }
  /// More fooled models first, then lower J.
  bool betterThan(const NativeVerdict& other) const;
  std::size_t fooled() const { return static_cast<std::size_t>(score.margins.fooledModels()); }
};

/// Evaluates images with the source models (spec 7.8.2). Immutable; thread-safe.
class NativeVerifier {
 public:
  /// `transforms`: identity first; the others drawn freshly, not those of the search. `shared`: shares its
  /// forward passes with other searches; must outlive the verifier, which is not thread-safe then.
  NativeVerifier(std::vector<SourceModel> sources, std::vector<Transform> transforms, Goal goal,
                 ObjectiveOptions objective, BatchParticipant* shared = nullptr);

  /// `meanOpacity` and `coverage` enter J only. Throws Error(InputRejected) when a model answers with NaN or
  /// infinity.
  NativeVerdict evaluate(const data::Image& image, double meanOpacity, double coverage) const;

  const std::vector<SourceModel>& sources() const { return sources_; }

 private:
  std::vector<SourceModel> sources_;
  std::vector<Transform> transforms_;
  Goal goal_;
  ObjectiveOptions objective_;
  BatchParticipant* shared_;
};

/// Where a logo ends up in the file: native corner and opacity code.
struct FilePlacement {
  int x = 0;
  int y = 0;
  int alphaCode = 0;
  bool operator==(const FilePlacement&) const = default;
};

struct NativeSearchResult {
  std::vector<FilePlacement> placements;  ///< one per logo
  NativeVerdict verdict;
  int evaluations = 0;
};

/// Judges the logos of one image on the composed file.
using NativeJudge = std::function<NativeVerdict(const std::vector<FilePlacement>&)>;

/// What may change in the native search.
struct NativeSearchRange {
  PixelSize tile;  ///< boxes of `start` must not overlap
  int lowCode = 0;
  int highCode = kOpacityOne;
  bool movable = true;  ///< false: opacities only
};

/// Pattern search in native pixels around `start` (spec 7.8.3): ±8, 4, 2, 1 px and ±0.02 opacity, one logo
/// after another, at most 60 judgements, then higher opacities of all up to the highest; ends as soon as
/// every source model is fooled. The scorer's fast picture ranks the neighbours of a round, and only the most
/// promising are judged. Returns the best judged placements: more fooled models first, then lower J.
NativeSearchResult searchNatively(const std::vector<FilePlacement>& start, const NativeFeasibility& feasible,
                                  ModelScorer& scorer, const NativeJudge& judge,
                                  const NativeSearchRange& range);

}  // namespace medlocker::protect
