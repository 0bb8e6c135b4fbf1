// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/common/random.h"

/// Patch-wise masks and the operators of the search over them. Pure functions; nothing here knows a model.
namespace medlocker::attacks {

/// One gene per patch in row-major order: 1 = keep, 0 = drop.
using PatchGenes = std::vector<std::uint8_t>;

/// How an image of height × width is divided. The right and bottom borders that fill no whole patch are never
/// dropped.
struct PatchGeometry {
  int height = 0;
  int width = 0;
  int patch = 0;  ///< side p in pixels
  int rows = 0;
  int columns = 0;
  int dropped = 0;  ///< Z: patches dropped by a fresh mask

  int patches() const { return rows * columns; }
};
/// Z = floor(rate · patches), at least 1. Throws Error(InvalidArgument) where not even one patch fits, or
/// nothing would be kept.
PatchGeometry patchGeometry(int height, int width, int patch, double rate);
/// Patch side where none is given: 32 from 160 pixels on, else an eighth of the side.
int defaultPatchSide(int side);

/// H×W float32 of 0 and 1.
at::Tensor expandGenes(const PatchGeometry& geometry, const PatchGenes& genes);

int countDropped(const PatchGenes& genes);
/// Exactly `dropped` zeros at random places.
PatchGenes randomGenes(int patches, int dropped, RandomStream& stream);
/// Child of two masks: equal genes are copied; genes (1,0) become 0,1,0,1,… in gene order, genes (0,1)
/// likewise in an alternation of their own.
PatchGenes crossGenes(const PatchGenes& first, const PatchGenes& second);
/// Restores random dropped genes until at most `most` are dropped.
void limitDropped(PatchGenes& genes, int most, RandomStream& stream);

struct ScoredMask {
  PatchGenes genes;
  double score = 0;  ///< fitness, lower is better
};
/// Indices into `pool` of the `count` lowest scores in rising order (stable); of identical masks only the
/// best one counts; the last is repeated where there are too few. `pool` must not be empty.
std::vector<std::size_t> selectSurvivors(std::span<const ScoredMask> pool, std::size_t count);

/// Fitness of a perturbation from its cross-entropies on the simulated models: mean plus population variance
/// of the negated losses.
double maskFitness(std::span<const double> crossEntropies);

/// Differential evolution, rand/1/bin (Storn and Price 1997), on genomes in [0,1]^P.
std::vector<double> differentialMutant(std::span<const double> a, std::span<const double> b,
                                       std::span<const double> c, double factor);
/// Gene j comes from the mutant where draws[j] < crossover or j = certain.
std::vector<double> binomialCrossover(std::span<const double> target, std::span<const double> mutant,
                                      std::span<const double> draws, double crossover, std::size_t certain);
/// The mask of a genome: the `dropped` smallest genes are dropped (stable).
PatchGenes genesOf(std::span<const double> genome, int dropped);

/// Which masks of a sorted population step t uses: (t·count + j) mod population, j < count.
std::vector<std::size_t> maskCycle(std::size_t population, std::size_t count, std::int64_t step);

}  // namespace medlocker::attacks
