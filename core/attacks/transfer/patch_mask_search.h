// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attacks/attack.h"
#include "core/attacks/transfer/patch_mask.h"
#include "core/attacks/transfer/transfer_loop.h"

namespace medlocker::attacks {

/// How new masks are made.
enum class SearchOperator {
  Released,   ///< alternating crossover of the best, random immigrants
  DeRand1Bin  ///< true differential evolution on real-valued genomes
};
std::string_view toString(SearchOperator op);
/// Names: released, de_rand_1_bin. Throws Error(InvalidArgument).
SearchOperator parseSearchOperator(std::string_view name);

/// Learnable patch-wise masks, LPM (specification, 8).
struct MaskSearchOptions {
  SearchOperator op = SearchOperator::Released;
  int patch = 0;          ///< side in pixels; 0: by image side (patch_mask.h)
  double rate = 0.1;      ///< share of patches a fresh mask drops
  int population = 40;    ///< n
  int generations = 10;   ///< E
  int innerSteps = 10;    ///< of the attack that scores a mask
  int masksPerStep = 12;  ///< M, in the final attack
  double innerEpsilon = 16.0 / 255;
  double innerStep = 0;  ///< 0: innerEpsilon / innerSteps
  bool innerMomentum = false;
  bool meanFill = false;                        ///< dropped pixels show the dataset's mean instead of black
  std::array<float, 3> mean{0.5F, 0.5F, 0.5F};  ///< that mean
  MaskAccumulation accumulation = MaskAccumulation::Mean;
  double eliteShare = 0.3;     ///< released: share of parents and of children
  double factor = 0.5;         ///< de_rand_1_bin: F
  double crossover = 0.7;      ///< de_rand_1_bin: CR
  std::int64_t maxRows = 256;  ///< images under masks evaluated at once; the result does not depend on it

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};
/// Profile `fast`: n = 16, E = 4, 5 inner steps, M = 8.
MaskSearchOptions fastMaskSearch();

struct MaskSearchResult {
  std::vector<ScoredMask> population;  ///< best first
  std::vector<double> best;            ///< fitness per generation, the first population first
  std::vector<double> mean;
};

/// The share of the population that drops each patch, row-major.
std::vector<double> dropFrequency(const std::vector<ScoredMask>& population);

/// Scores masks: row[i] is the image of mask[i]. Lower is better.
using MaskScorer = std::function<std::vector<double>(const std::vector<std::int64_t>& rows,
                                                     const std::vector<PatchGenes>& masks)>;

/// The evolution alone, of all images side by side; image i draws from streams[i] only.
std::vector<MaskSearchResult> evolveMasks(const MaskSearchOptions& options, const PatchGeometry& geometry,
                                          const std::vector<RandomStream>& streams, const MaskScorer& score);

/// Searches masks for every image of the batch: a mask's fitness comes from a short attack on `source` under
/// the mask, judged without the mask by the simulated models. Their order does not matter. Deterministic in
/// seed and dataset index. `simulated` must not be empty.
std::vector<MaskSearchResult> searchMasks(const MaskSearchOptions& options, Target& source,
                                          const LossFunction& sourceLoss,
                                          const std::vector<models::ClassifierPtr>& simulated,
                                          const AttackBatch& batch, std::uint64_t seed);
/// The control: populations of random masks with the same number of dropped patches, not scored.
std::vector<MaskSearchResult> randomMasks(const MaskSearchOptions& options, const AttackBatch& batch,
                                          std::uint64_t seed);

/// Geometry for the images of a batch.
PatchGeometry geometryFor(const MaskSearchOptions& options, const at::Tensor& images);

/// Refuses a weights file that plays two of the roles source, simulated, target: Error(InvalidArgument)
/// naming both, or, where overlap is allowed, one notice per pair.
std::vector<std::string> checkDisjoint(const std::vector<models::ClassifierPtr>& sources,
                                       const std::vector<models::ClassifierPtr>& simulated,
                                       const std::vector<models::ClassifierPtr>& targets, bool allowOverlap);

}  // namespace medlocker::attacks
