// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/common/random.h"
#include "core/data/geometry.h"
#include "core/protect/feasible.h"
#include "core/protect/registration.h"

/// Whether a changed copy carries the logo that a record describes (spec 11.5, steps 3 and 4). Pure functions
/// of their input; thread-safe.
namespace medlocker::protect {

/// What the owner knows of one protected image, at the scale in which positions are counted.
struct RecordedMark {
  GreyImage original;
  GreyImage marked;                       ///< the original with the recorded logo; same size
  data::Box logo;                         ///< of the recorded logo in these pixels
  double opacity = 0;                     ///< alpha, 0..1
  std::vector<std::uint8_t> fieldOfView;  ///< width*height
};

inline constexpr int kPositionTolerance = 2;  ///< t, working pixels
inline constexpr int kOpacityTolerance = 4;   ///< u, steps of 1/255
inline constexpr int kEvidenceDraws = 999;

struct MarkEvidence {
  double score = 0;   ///< correlation of the copy's change with the recorded logo at its recorded place
  double pValue = 1;  ///< rank of the score among those of random feasible places
  int draws = 0;
  int foundX = 0;  ///< corner where the correlation is largest in the whole picture
  int foundY = 0;
  double foundScore = 0;
  double opacity = 0;  ///< estimated at the recorded place
  bool positionAgrees = false;
  bool opacityAgrees = false;
};

/// `copy`: the suspect seen from the reference's frame; `inside`: where it has a value. `feasible`: the
/// places the logo could have had, in the same pixels. Throws Error(InvalidArgument) for images of different
/// size or a logo outside the frame.
MarkEvidence measureMark(const RecordedMark& mark, const GreyImage& copy,
                         const std::vector<std::uint8_t>& inside, const FeasibleMap& feasible,
                         RandomStream stream, int draws = kEvidenceDraws);

/// Bits that one agreeing image adds: log2(N_feas·N_alpha / ((2t+1)²·(2u+1))), at most choice_bits +
/// log2(N_alpha/(2u+1)) where an optimiser chose the place, never below 0.
double evidenceBits(std::int64_t feasiblePositions, int opacitySteps, std::int64_t choiceBits,
                    bool optimised);
/// N_alpha: steps of 1/255 in a range of opacities; 156 for 100/255 … 1.
int opacitySteps(double low, double high);

inline constexpr double kStrongBits = 40;
inline constexpr double kSupportingBits = 15;
/// "strong", "supporting" or "none".
std::string_view evidenceLevel(double bits);

}  // namespace medlocker::protect
