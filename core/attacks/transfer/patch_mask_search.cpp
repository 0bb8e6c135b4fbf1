// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/patch_mask_search.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/attacks/noise.h"
#include "core/attacks/transfer/source_ensemble.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

constexpr const char* kSearchStream = "lpm";  // the same masks for every attack that uses them
constexpr const char* kControlStream = "random-mask";

double meanScore(const std::vector<ScoredMask>& population) {
  double sum = 0;
  for (const ScoredMask& mask : population) sum += mask.score;
  return sum / static_cast<double>(population.size());
}

void sortByScore(std::vector<ScoredMask>& population) {
  std::stable_sort(population.begin(), population.end(),
                   [](const ScoredMask& a, const ScoredMask& b) { return a.score < b.score; });
}

void record(MaskSearchResult& image) {
  double best = image.population.front().score;
  for (const ScoredMask& mask : image.population) best = std::min(best, mask.score);
  image.best.push_back(best);
  image.mean.push_back(meanScore(image.population));
}

/// Scores `count` new masks of every image in one call; `fresh[i]` are those of image i.
void scoreAll(std::vector<std::vector<ScoredMask>>& fresh, const MaskScorer& score) {
  std::vector<std::int64_t> rows;
  std::vector<PatchGenes> masks;
  for (std::size_t i = 0; i < fresh.size(); ++i)
    for (const ScoredMask& mask : fresh[i]) {
      rows.push_back(static_cast<std::int64_t>(i));
      masks.push_back(mask.genes);
    }
  const std::vector<double> scores = score(rows, masks);
  std::size_t next = 0;
  for (auto& image : fresh)
    for (ScoredMask& mask : image) mask.score = scores[next++];
}

/// Crossover of the best and random immigrants (specification, 8.3).
class ReleasedSearch {
 public:
  ReleasedSearch(const MaskSearchOptions& options, const PatchGeometry& geometry)
      : options_(options), geometry_(geometry) {
    const auto share = static_cast<int>(std::floor(options.eliteShare * options.population + 1e-9));
    children_ = std::min(share, options.population);
    parents_ = std::max(2, share);
  }

  std::vector<ScoredMask> begin(RandomStream stream) const {
    std::vector<ScoredMask> population;
    for (int i = 0; i < options_.population; ++i)
      population.push_back({randomGenes(geometry_.patches(), geometry_.dropped, stream)});
    return population;
  }

  std::vector<ScoredMask> offspring(std::vector<ScoredMask>& population, RandomStream stream) const {
    sortByScore(population);
    std::vector<ScoredMask> fresh;
    for (int i = 0; i < children_; ++i) {
      const auto first = stream.below(static_cast<std::uint64_t>(parents_));
      auto second = stream.below(static_cast<std::uint64_t>(parents_ - 1));
      if (second >= first) ++second;
      PatchGenes child = crossGenes(population[first].genes, population[second].genes);
      limitDropped(child, 2 * geometry_.dropped, stream);
      fresh.push_back({std::move(child)});
    }
    while (static_cast<int>(fresh.size()) < options_.population)
      fresh.push_back({randomGenes(geometry_.patches(), geometry_.dropped, stream)});
    return fresh;
  }

  std::vector<ScoredMask> survive(const std::vector<ScoredMask>& parents,
                                  const std::vector<ScoredMask>& fresh) const {
    std::vector<ScoredMask> pool = fresh;
    pool.insert(pool.end(), parents.begin(), parents.end());
    std::vector<ScoredMask> next;
    for (const std::size_t index : selectSurvivors(pool, parents.size())) next.push_back(pool[index]);
    return next;
  }

 private:
  const MaskSearchOptions& options_;
  const PatchGeometry& geometry_;
  int children_ = 0;
  int parents_ = 2;
};

std::vector<MaskSearchResult> evolveReleased(const MaskSearchOptions& options, const PatchGeometry& geometry,
                                             const std::vector<RandomStream>& streams,
                                             const MaskScorer& score) {
  const ReleasedSearch search(options, geometry);
  std::vector<std::vector<ScoredMask>> fresh;
  for (const RandomStream& stream : streams) fresh.push_back(search.begin(stream.child("generation", 0)));
  scoreAll(fresh, score);
  std::vector<MaskSearchResult> images(streams.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i].population = fresh[i];
    record(images[i]);
  }
  for (int generation = 1; generation <= options.generations; ++generation) {
    for (std::size_t i = 0; i < images.size(); ++i)
      fresh[i] = search.offspring(images[i].population,
                                  streams[i].child("generation", static_cast<std::uint64_t>(generation)));
    scoreAll(fresh, score);
    for (std::size_t i = 0; i < images.size(); ++i) {
      images[i].population = search.survive(images[i].population, fresh[i]);
      record(images[i]);
    }
  }
  for (MaskSearchResult& image : images) sortByScore(image.population);
  return images;
}

using Genome = std::vector<double>;

/// Genome of a trial for target `t` (specification, 8.4).
Genome trialOf(const std::vector<Genome>& genomes, std::size_t t, const MaskSearchOptions& options,
               RandomStream& stream) {
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < genomes.size(); ++i)
    if (i != t) others.push_back(i);
  for (std::size_t i = 0; i < 3; ++i) std::swap(others[i], others[i + stream.below(others.size() - i)]);
  const Genome mutant =
      differentialMutant(genomes[others[0]], genomes[others[1]], genomes[others[2]], options.factor);
  Genome draws(mutant.size());
  for (double& draw : draws) draw = stream.uniform();
  const auto certain = static_cast<std::size_t>(stream.below(mutant.size()));
  return binomialCrossover(genomes[t], mutant, draws, options.crossover, certain);
}

std::vector<MaskSearchResult> evolveDifferential(const MaskSearchOptions& options,
                                                 const PatchGeometry& geometry,
                                                 const std::vector<RandomStream>& streams,
                                                 const MaskScorer& score) {
  const auto n = static_cast<std::size_t>(options.population);
  std::vector<std::vector<Genome>> genomes(streams.size());
  std::vector<std::vector<ScoredMask>> fresh(streams.size());
  for (std::size_t i = 0; i < streams.size(); ++i) {
    RandomStream stream = streams[i].child("generation", 0);
    for (std::size_t k = 0; k < n; ++k) {
      Genome genome(static_cast<std::size_t>(geometry.patches()));
      for (double& gene : genome) gene = stream.uniform();
      fresh[i].push_back({genesOf(genome, geometry.dropped)});
      genomes[i].push_back(std::move(genome));
    }
  }
  scoreAll(fresh, score);
  std::vector<MaskSearchResult> images(streams.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i].population = fresh[i];
    record(images[i]);
  }
  for (int generation = 1; generation <= options.generations; ++generation) {
    std::vector<std::vector<Genome>> trials(streams.size());
    for (std::size_t i = 0; i < streams.size(); ++i) {
      RandomStream stream = streams[i].child("generation", static_cast<std::uint64_t>(generation));
      for (std::size_t k = 0; k < n; ++k) {
        trials[i].push_back(trialOf(genomes[i], k, options, stream));
        fresh[i][k].genes = genesOf(trials[i].back(), geometry.dropped);
      }
    }
    scoreAll(fresh, score);
    for (std::size_t i = 0; i < images.size(); ++i) {
      for (std::size_t k = 0; k < n; ++k)
        if (fresh[i][k].score <= images[i].population[k].score) {
          images[i].population[k] = fresh[i][k];
          genomes[i][k] = trials[i][k];
        }
      record(images[i]);
    }
  }
  for (MaskSearchResult& image : images) sortByScore(image.population);
  return images;
}

/// A model's cross-entropies on images, without a graph.
std::vector<double> crossEntropies(const models::Classifier& model, const at::Tensor& images,
                                   const at::Tensor& labels) {
  const torch::NoGradGuard noGradients;
  const at::Tensor losses =
      crossEntropyLoss(scoresAtAnySide(model, images), labels).to(torch::kCPU, torch::kFloat64).contiguous();
  if (!torch::isfinite(losses).all().item<bool>())
    throw Error(ErrorCode::InputRejected, "the model answers with values that are not finite",
                model.info().name);
  const auto* value = losses.data_ptr<double>();
  return {value, value + losses.numel()};
}

/// Fitness by a short attack under each mask, judged without it (specification, 8.2).
class AttackScorer {
 public:
  AttackScorer(const MaskSearchOptions& options, const PatchGeometry& geometry, Target& source,
               const LossFunction& sourceLoss, std::vector<models::ClassifierPtr> simulated,
               const AttackBatch& batch, std::uint64_t seed)
      : options_(options),
        geometry_(geometry),
        source_(source),
        sourceLoss_(sourceLoss),
        simulated_(std::move(simulated)),
        batch_(batch),
        seed_(seed) {
    // In one order whatever the caller's: sums of floating-point numbers depend on it.
    std::sort(simulated_.begin(), simulated_.end(),
              [](const auto& a, const auto& b) { return a->info().sha256 < b->info().sha256; });
  }

  std::vector<double> operator()(const std::vector<std::int64_t>& rows,
                                 const std::vector<PatchGenes>& masks) {
    std::vector<double> scores;
    const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(1, options_.maxRows));
    for (std::size_t begin = 0; begin < rows.size(); begin += limit)
      scoreChunk(rows, masks, begin, std::min(rows.size(), begin + limit), scores);
    return scores;
  }

 private:
  void scoreChunk(const std::vector<std::int64_t>& rows, const std::vector<PatchGenes>& masks,
                  std::size_t begin, std::size_t end, std::vector<double>& scores) {
    const std::vector<std::int64_t> part(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                         rows.begin() + static_cast<std::ptrdiff_t>(end));
    const AttackBatch chunk = batch_.select(torch::tensor(part, torch::kInt64).to(batch_.images.device()));
    TransferOptions inner;
    inner.epsilon = options_.innerEpsilon;
    inner.steps = options_.innerSteps;
    inner.stepSize = options_.innerStep;
    if (options_.innerMomentum) inner.momentum = 1.0;
    TransferBatch attacked;
    attacked.clean = chunk.images;
    attacked.labels = chunk.labels;
    attacked.samples = chunk.samples;
    attacked.objective = targetObjective(source_, sourceLoss_, chunk.labels, chunk.samples);
    attacked.masks.geometry = geometry_;
    attacked.masks.perStep = 1;
    if (options_.meanFill)
      attacked.masks.fill = torch::tensor({options_.mean[0], options_.mean[1], options_.mean[2]})
                                .view({1, 3, 1, 1})
                                .to(chunk.images.device());
    for (std::size_t i = begin; i < end; ++i) attacked.masks.populations.push_back({masks[i]});
    attacked.seed = seed_;
    attacked.attackId = kSearchStream;
    const at::Tensor perturbed = runTransferLoop(inner, attacked, source_.counts()).images;
    std::vector<std::vector<double>> losses;
    for (const models::ClassifierPtr& model : simulated_)
      losses.push_back(crossEntropies(*model, perturbed, chunk.labels));
    for (std::size_t i = 0; i < part.size(); ++i) {
      std::vector<double> ofMask;
      for (const auto& ofModel : losses) ofMask.push_back(ofModel[i]);
      scores.push_back(maskFitness(ofMask));
    }
  }

  const MaskSearchOptions& options_;
  const PatchGeometry& geometry_;
  Target& source_;
  const LossFunction& sourceLoss_;
  std::vector<models::ClassifierPtr> simulated_;
  const AttackBatch& batch_;
  std::uint64_t seed_;
};

}  // namespace

std::string_view toString(SearchOperator op) {
  return op == SearchOperator::Released ? "released" : "de_rand_1_bin";
}

SearchOperator parseSearchOperator(std::string_view name) {
  for (const SearchOperator op : {SearchOperator::Released, SearchOperator::DeRand1Bin})
    if (toString(op) == name) return op;
  throw Error(ErrorCode::InvalidArgument,
              "a search operator is one of released, de_rand_1_bin; not '" + std::string(name) + "'");
}

std::vector<OptionIssue> MaskSearchOptions::validate() const {
  std::vector<OptionIssue> issues;
  const auto within = [&issues](const char* field, double value, double low, double high) {
    if (!(value >= low && value <= high))
      issues.push_back({field, "must lie in " + Json(low).dump() + ".." + Json(high).dump()});
  };
  within("mask.patch", patch, 0, 4096);
  if (!(rate > 0 && rate < 1)) issues.push_back({"mask.rate", "must lie between 0 and 1"});
  within("mask.population", population, 4, 10'000);
  within("mask.generations", generations, 0, 10'000);
  within("mask.inner_steps", innerSteps, 1, 1000);
  within("mask.masks_per_step", masksPerStep, 1, 10'000);
  within("mask.inner_epsilon", innerEpsilon, 0, 1);
  within("mask.inner_step", innerStep, 0, 1);
  within("mask.elite_share", eliteShare, 0, 1);
  within("mask.factor", factor, 0, 2);
  within("mask.crossover", crossover, 0, 1);
  if (maxRows < 1) issues.push_back({"mask.max_rows", "must be at least 1"});
  return issues;
}

Json MaskSearchOptions::toJson() const {
  return {{"operator", toString(op)},
          {"patch", patch},
          {"rate", rate},
          {"population", population},
          {"generations", generations},
          {"inner_steps", innerSteps},
          {"masks_per_step", masksPerStep},
          {"inner_epsilon", innerEpsilon},
          {"inner_step", innerStep > 0 ? innerStep : innerEpsilon / innerSteps},
          {"inner_momentum", innerMomentum},
          {"fill", meanFill ? "mean" : "zero"},
          {"accumulate", accumulation == MaskAccumulation::Mean ? "mean" : "released"},
          {"elite_share", eliteShare},
          {"factor", factor},
          {"crossover", crossover}};
}

MaskSearchOptions fastMaskSearch() {
  MaskSearchOptions options;
  options.population = 16;
  options.generations = 4;
  options.innerSteps = 5;
  options.masksPerStep = 8;
  return options;
}

std::vector<double> dropFrequency(const std::vector<ScoredMask>& population) {
  if (population.empty()) return {};
  std::vector<double> frequency(population.front().genes.size(), 0.0);
  for (const ScoredMask& mask : population)
    for (std::size_t j = 0; j < frequency.size(); ++j) frequency[j] += mask.genes[j] ? 0 : 1;
  for (double& value : frequency) value /= static_cast<double>(population.size());
  return frequency;
}

std::vector<MaskSearchResult> evolveMasks(const MaskSearchOptions& options, const PatchGeometry& geometry,
                                          const std::vector<RandomStream>& streams, const MaskScorer& score) {
  throwIfInvalid(options.validate());
  return options.op == SearchOperator::Released ? evolveReleased(options, geometry, streams, score)
                                                : evolveDifferential(options, geometry, streams, score);
}

PatchGeometry geometryFor(const MaskSearchOptions& options, const at::Tensor& images) {
  const auto height = static_cast<int>(images.size(2));
  const auto width = static_cast<int>(images.size(3));
  return patchGeometry(height, width,
                       options.patch > 0 ? options.patch : defaultPatchSide(std::min(height, width)),
                       options.rate);
}

std::vector<MaskSearchResult> searchMasks(const MaskSearchOptions& options, Target& source,
                                          const LossFunction& sourceLoss,
                                          const std::vector<models::ClassifierPtr>& simulated,
                                          const AttackBatch& batch, std::uint64_t seed) {
  if (simulated.empty())
    throw Error(ErrorCode::InvalidArgument, "learned masks need at least one simulated model to judge them");
  const torch::NoGradGuard noGradients;
  const PatchGeometry geometry = geometryFor(options, batch.images);
  AttackScorer scorer(options, geometry, source, sourceLoss, simulated, batch, seed);
  return evolveMasks(options, geometry, sampleStreams(seed, kSearchStream, 0, batch.samples),
                     [&scorer](const auto& rows, const auto& masks) { return scorer(rows, masks); });
}

std::vector<MaskSearchResult> randomMasks(const MaskSearchOptions& options, const AttackBatch& batch,
                                          std::uint64_t seed) {
  throwIfInvalid(options.validate());
  const PatchGeometry geometry = geometryFor(options, batch.images);
  std::vector<MaskSearchResult> images;
  for (RandomStream& stream : sampleStreams(seed, kControlStream, 0, batch.samples)) {
    MaskSearchResult image;
    for (int i = 0; i < options.population; ++i)
      image.population.push_back({randomGenes(geometry.patches(), geometry.dropped, stream)});
    images.push_back(std::move(image));
  }
  return images;
}

std::vector<std::string> checkDisjoint(const std::vector<models::ClassifierPtr>& sources,
                                       const std::vector<models::ClassifierPtr>& simulated,
                                       const std::vector<models::ClassifierPtr>& targets, bool allowOverlap) {
  std::vector<std::string> notices;
  std::map<std::string, std::pair<std::string, std::string>> seen;  // sha256 → role, name
  const auto add = [&](const char* role, const std::vector<models::ClassifierPtr>& classifiers) {
    for (const models::ClassifierPtr& classifier : classifiers) {
      const models::ModelInfo& info = classifier->info();
      const auto [before, isNew] = seen.emplace(info.sha256, std::pair(std::string(role), info.name));
      if (isNew || before->second.first == role) continue;
      const std::string text = "the " + std::string(role) + " model '" + info.name +
                               "' has the same weights as the " + before->second.first + " model '" +
                               before->second.second + "'";
      if (!allowOverlap) throw Error(ErrorCode::InvalidArgument, text);
      notices.push_back(text);
    }
  };
  add("source", sources);
  add("simulated", simulated);
  add("target", targets);
  return notices;
}

}  // namespace medlocker::attacks
