// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/patch_mask.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/common/error.h"

namespace medlocker::attacks {

PatchGeometry patchGeometry(int height, int width, int patch, double rate) {
  if (patch < 1 || patch > height || patch > width)
    throw Error(ErrorCode::InvalidArgument, "a patch of " + std::to_string(patch) +
                                                " pixels does not fit an image of " + std::to_string(width) +
                                                "x" + std::to_string(height));
  if (!(rate > 0 && rate < 1))
    throw Error(ErrorCode::InvalidArgument, "the share of dropped patches must lie between 0 and 1");
  PatchGeometry geometry;
  geometry.height = height;
  geometry.width = width;
  geometry.patch = patch;
  geometry.rows = height / patch;
  geometry.columns = width / patch;
  geometry.dropped = std::max(1, static_cast<int>(std::floor(rate * geometry.patches() + 1e-9)));
  if (geometry.dropped >= geometry.patches())
    throw Error(ErrorCode::InvalidArgument, "the patches are so large that a mask would drop all of them");
  return geometry;
}

int defaultPatchSide(int side) {
  return side >= 160 ? 32 : std::max(1, side / 8);
}

at::Tensor expandGenes(const PatchGeometry& geometry, const PatchGenes& genes) {
  at::Tensor mask = torch::ones({geometry.height, geometry.width}, torch::kFloat);
  auto pixels = mask.accessor<float, 2>();
  for (int y = 0; y < geometry.rows * geometry.patch; ++y)
    for (int x = 0; x < geometry.columns * geometry.patch; ++x)
      if (!genes[static_cast<std::size_t>(y / geometry.patch) * geometry.columns + x / geometry.patch])
        pixels[y][x] = 0;
  return mask;
}

int countDropped(const PatchGenes& genes) {
  return static_cast<int>(std::count(genes.begin(), genes.end(), 0));
}

PatchGenes randomGenes(int patches, int dropped, RandomStream& stream) {
  PatchGenes genes(static_cast<std::size_t>(patches), 1);
  std::fill_n(genes.begin(), dropped, std::uint8_t{0});
  stream.shuffle(genes);
  return genes;
}

PatchGenes crossGenes(const PatchGenes& first, const PatchGenes& second) {
  PatchGenes child(first.size());
  std::uint8_t nextKeptByFirst = 0;
  std::uint8_t nextKeptBySecond = 0;
  for (std::size_t i = 0; i < child.size(); ++i) {
    if (first[i] == second[i]) {
      child[i] = first[i];
    } else {
      std::uint8_t& next = first[i] ? nextKeptByFirst : nextKeptBySecond;
      child[i] = next;
      next = next ? 0 : 1;
    }
  }
  return child;
}

void limitDropped(PatchGenes& genes, int most, RandomStream& stream) {
  std::vector<std::size_t> dropped;
  for (std::size_t i = 0; i < genes.size(); ++i)
    if (!genes[i]) dropped.push_back(i);
  if (static_cast<int>(dropped.size()) <= most) return;
  stream.shuffle(dropped);
  for (std::size_t i = static_cast<std::size_t>(most); i < dropped.size(); ++i) genes[dropped[i]] = 1;
}

std::vector<std::size_t> selectSurvivors(std::span<const ScoredMask> pool, std::size_t count) {
  std::vector<std::size_t> order(pool.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return pool[a].score < pool[b].score; });
  std::vector<std::size_t> survivors;
  std::set<std::string> seen;
  for (const std::size_t index : order) {
    if (survivors.size() == count) break;
    const PatchGenes& genes = pool[index].genes;
    if (seen.emplace(genes.begin(), genes.end()).second) survivors.push_back(index);
  }
  while (survivors.size() < count) survivors.push_back(survivors.back());
  return survivors;
}

double maskFitness(std::span<const double> crossEntropies) {
  const auto n = static_cast<double>(crossEntropies.size());
  const double mean = -std::accumulate(crossEntropies.begin(), crossEntropies.end(), 0.0) / n;
  double variance = 0;
  for (const double value : crossEntropies) variance += (-value - mean) * (-value - mean);
  return mean + variance / n;
}

std::vector<double> differentialMutant(std::span<const double> a, std::span<const double> b,
                                       std::span<const double> c, double factor) {
  std::vector<double> mutant(a.size());
  for (std::size_t j = 0; j < mutant.size(); ++j)
    mutant[j] = std::clamp(a[j] + factor * (b[j] - c[j]), 0.0, 1.0);
  return mutant;
}

std::vector<double> binomialCrossover(std::span<const double> target, std::span<const double> mutant,
                                      std::span<const double> draws, double crossover, std::size_t certain) {
  std::vector<double> trial(target.begin(), target.end());
  for (std::size_t j = 0; j < trial.size(); ++j)
    if (draws[j] < crossover || j == certain) trial[j] = mutant[j];
  return trial;
}

PatchGenes genesOf(std::span<const double> genome, int dropped) {
  std::vector<std::size_t> order(genome.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return genome[a] < genome[b]; });
  PatchGenes genes(genome.size(), 1);
  for (int i = 0; i < dropped; ++i) genes[order[static_cast<std::size_t>(i)]] = 0;
  return genes;
}

std::vector<std::size_t> maskCycle(std::size_t population, std::size_t count, std::int64_t step) {
  std::vector<std::size_t> indices(count);
  for (std::size_t j = 0; j < count; ++j)
    indices[j] = (static_cast<std::size_t>(step) * count + j) % population;
  return indices;
}

}  // namespace medlocker::attacks
