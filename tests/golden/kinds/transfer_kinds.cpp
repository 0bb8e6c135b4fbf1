// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include "core/attacks/transfer/gradient_views.h"
#include "core/attacks/transfer/patch_mask.h"
#include "core/attacks/transfer/source_ensemble.h"
#include "core/attacks/transfer/transfer_loop.h"
#include "tests/golden/json_tensor.h"
#include "tests/golden/vector_runner.h"

namespace medlocker::golden {
namespace {

using namespace attacks;

std::vector<double> numbers(const Json& json) {
  return json.get<std::vector<double>>();
}

/// A vector as one image of one row.
at::Tensor asImage(const Json& json) {
  return toTensor(json).view({1, 1, 1, -1});
}

Json fromImage(const at::Tensor& image) {
  return toJson(image.flatten());
}

const RegisterKind kMomentum(kAttackVectors, "mi.update", [](const Json& in) -> VectorAnswer {
  const at::Tensor previous = asImage(in.at("g_prev"));
  const at::Tensor gradient = asImage(in.at("grad"));
  const double mu = in.at("mu").get<double>();
  // The published L1 normalisation is the same accumulation in other units: mean |g| = sum |g| / d.
  if (in.at("norm") == "l1") {
    const auto dimension = static_cast<double>(gradient.numel());
    return {{{"g", fromImage(accumulateMomentum(dimension * previous, gradient, mu) / dimension)}}};
  }
  return {{{"g", fromImage(accumulateMomentum(previous, gradient, mu))}}};
});

const RegisterKind kLookAhead(kAttackVectors, "ni.lookahead", [](const Json& in) -> VectorAnswer {
  return {{{"x_lookahead", fromImage(lookAhead(asImage(in.at("x")), asImage(in.at("g_prev")),
                                               in.at("mu").get<double>(), in.at("alpha").get<double>()))}}};
});

std::vector<double> profileOf(const Json& in) {
  return kernelProfile(parseKernelShape(in.at("type").get<std::string>()), in.at("size").get<int>(),
                       in.value("nsig", 3.0));
}

const RegisterKind kKernel(kAttackVectors, "ti.kernel", [](const Json& in) -> VectorAnswer {
  const std::vector<double> profile = profileOf(in);
  const double centre = profile[profile.size() / 2];
  return {{{"profile", profile}, {"centre", centre * centre}, {"corner", profile[0] * profile[0]}}};
});

const RegisterKind kSmooth(kAttackVectors, "ti.smooth", [](const Json& in) -> VectorAnswer {
  const at::Tensor gradient = toTensor(in.at("grad")).unsqueeze(0).unsqueeze(0);
  return {{{"out", toJson(smoothGradient(gradient, profileOf(in))[0][0])}}};
});

/// J(u) = ½ ||u - c||², whose gradient is u - c.
Objective quadratic(const at::Tensor& centre) {
  return [centre](const at::Tensor& images, const at::Tensor&, std::uint64_t) {
    return ObjectiveValue{(images - centre).square().flatten(1).sum(1) / 2, {}};
  };
}

Json quadraticGradient(const Json& in, const ViewPlan& plan) {
  RandomStream stream = RandomStream::fromSeed(0, "unused");
  std::uint64_t draw = 0;
  PassCounts counts;
  return fromImage(viewGradient(quadratic(asImage(in.at("c"))), asImage(in.at("x")),
                                torch::zeros({1}, torch::kInt64), plan, stream, draw, counts));
}

const RegisterKind kScale(kAttackVectors, "si.gradient", [](const Json& in) -> VectorAnswer {
  ViewPlan plan;
  plan.scales = in.at("m").get<int>();
  return {{{"grad", quadraticGradient(in, plan)}}};
});

const RegisterKind kAdmix(kAttackVectors, "admix.gradient", [](const Json& in) -> VectorAnswer {
  ViewPlan plan;
  plan.scales = in.at("m1").get<int>();
  plan.mixStrength = in.at("eta").get<double>();
  for (const Json& image : in.at("pool")) plan.mixIns.push_back(asImage(image));
  return {{{"grad", quadraticGradient(in, plan)}}};
});

const RegisterKind kMaskedGradient(kAttackVectors, "lpm.gradient", [](const Json& in) -> VectorAnswer {
  ViewPlan plan;
  for (const Json& mask : in.at("masks")) plan.masks.push_back(asImage(mask));
  plan.maskWeights.assign(plan.masks.size(), 1.0 / static_cast<double>(plan.masks.size()));
  return {{{"grad", quadraticGradient(in, plan)}}};
});

const RegisterKind kVariance(kAttackVectors, "vt.update", [](const Json& in) -> VectorAnswer {
  const at::Tensor gradient = asImage(in.at("grad"));
  std::vector<at::Tensor> neighbours;
  for (const Json& one : in.at("neighbour_grads")) neighbours.push_back(asImage(one));
  const at::Tensor tuned = gradient + asImage(in.at("variance_prev"));
  return {{{"g", fromImage(accumulateMomentum(asImage(in.at("g_prev")), tuned, in.at("mu").get<double>()))},
           {"variance_next", fromImage(varianceTerm(neighbours, gradient))}}};
});

const RegisterKind kFlatness(kAttackVectors, "pgn.combine", [](const Json& in) -> VectorAnswer {
  std::vector<at::Tensor> first, probes;
  for (const Json& one : in.at("g1")) first.push_back(asImage(one));
  for (const Json& one : in.at("g2")) probes.push_back(asImage(one));
  return {{{"grad", fromImage(combineFlatness(first, probes, in.at("gamma").get<double>()))}}};
});

const RegisterKind kEnsemble(kAttackVectors, "ens.logits", [](const Json& in) -> VectorAnswer {
  std::vector<at::Tensor> scores;
  for (const Json& one : in.at("logits")) scores.push_back(toTensor(one).unsqueeze(0));
  const at::Tensor fused = fuseScores(scores, numbers(in.at("weights")), Fusion::Logits);
  const at::Tensor label = torch::tensor({in.at("label").get<std::int64_t>()});
  return {{{"fused", toJson(fused[0])}, {"ce", fusionLoss(Fusion::Logits)(fused, label)[0].item<double>()}}};
});

const RegisterKind kDiversity(kAttackVectors, "di.geometry", [](const Json& in) -> VectorAnswer {
  const DiversityGeometry geometry = diversityGeometry(in.at("size").get<int>(), in.at("rate").get<double>());
  std::vector<int> sizes;
  for (int r = geometry.side; r < geometry.canvas; ++r) sizes.push_back(r);
  return {{{"canvas", geometry.canvas}, {"sizes", sizes}, {"max_pad", geometry.canvas - geometry.side}}};
});

const RegisterKind kGeometry(kAttackVectors, "lpm.geometry", [](const Json& in) -> VectorAnswer {
  const PatchGeometry geometry = patchGeometry(in.at("h").get<int>(), in.at("w").get<int>(),
                                               in.at("patch").get<int>(), in.at("rate").get<double>());
  return {{{"rows", geometry.rows},
           {"cols", geometry.columns},
           {"patches", geometry.patches()},
           {"dropped", geometry.dropped},
           {"covered", {geometry.rows * geometry.patch, geometry.columns * geometry.patch}}}};
});

const RegisterKind kExpand(kAttackVectors, "lpm.expand", [](const Json& in) -> VectorAnswer {
  PatchGenes genes;
  for (const Json& row : in.at("patch_mask"))
    for (const Json& gene : row) genes.push_back(gene.get<std::uint8_t>());
  PatchGeometry geometry;
  geometry.height = in.at("h").get<int>();
  geometry.width = in.at("w").get<int>();
  geometry.patch = in.at("patch").get<int>();
  geometry.rows = geometry.height / geometry.patch;
  geometry.columns = geometry.width / geometry.patch;
  return {{{"mask", toJson(expandGenes(geometry, genes).to(torch::kInt64))}}};
});

const RegisterKind kFitness(kAttackVectors, "lpm.fitness", [](const Json& in) -> VectorAnswer {
  return {{{"value", maskFitness(numbers(in.at("ce")))}}};
});

const RegisterKind kCrossover(kAttackVectors, "lpm.crossover", [](const Json& in) -> VectorAnswer {
  const PatchGenes child = crossGenes(in.at("p1").get<PatchGenes>(), in.at("p2").get<PatchGenes>());
  return {{{"child", child}, {"zeros", countDropped(child)}}};
});

const RegisterKind kSelect(kAttackVectors, "lpm.select", [](const Json& in) -> VectorAnswer {
  std::vector<ScoredMask> pool;
  std::vector<std::string> ids;
  for (const char* group : {"offspring", "parents"})
    for (const Json& entry : in.at(group)) {
      PatchGenes genes;
      for (const char c : entry.at(1).get<std::string>()) genes.push_back(c == '1' ? 1 : 0);
      ids.push_back(entry.at(0).get<std::string>());
      pool.push_back({genes, entry.at(2).get<double>()});
    }
  Json chosen = Json::array(), scores = Json::array();
  for (const std::size_t index : selectSurvivors(pool, in.at("n").get<std::size_t>())) {
    chosen.push_back(ids[index]);
    scores.push_back(pool[index].score);
  }
  return {{{"ids", chosen}, {"scores", scores}}};
});

const RegisterKind kTrial(kAttackVectors, "lpm.de_trial", [](const Json& in) -> VectorAnswer {
  const auto mutant = differentialMutant(numbers(in.at("a")), numbers(in.at("b")), numbers(in.at("c")),
                                         in.at("F").get<double>());
  const auto trial = binomialCrossover(numbers(in.at("target")), mutant, numbers(in.at("r")),
                                       in.at("CR").get<double>(), in.at("j_rand").get<std::size_t>());
  return {{{"mutant", mutant}, {"trial", trial}, {"mask", genesOf(trial, in.at("dropped").get<int>())}}};
});

const RegisterKind kCycle(kAttackVectors, "lpm.mask_cycle", [](const Json& in) -> VectorAnswer {
  Json indices = Json::array();
  for (std::int64_t t = 0; t < in.at("steps").get<std::int64_t>(); ++t)
    indices.push_back(maskCycle(in.at("pop").get<std::size_t>(), in.at("m").get<std::size_t>(), t));
  return {{{"indices", indices}}};
});

}  // namespace
}  // namespace medlocker::golden
