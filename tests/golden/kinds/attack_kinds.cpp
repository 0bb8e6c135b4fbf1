// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include "core/attacks/apgd.h"
#include "core/attacks/cw_l2.h"
#include "core/attacks/fab.h"
#include "core/attacks/loss.h"
#include "core/attacks/square.h"
#include "core/attacks/threat.h"
#include "tests/golden/json_tensor.h"
#include "tests/golden/vector_runner.h"

namespace medlocker::golden {
namespace {

using namespace attacks;

at::Tensor oneLabel(const Json& value) {
  return torch::tensor({value.get<std::int64_t>()}, torch::kInt64);
}

/// Value and gradient of a loss at one row of logits.
VectorAnswer valueAndGradient(const Json& in, const std::function<at::Tensor(const at::Tensor&)>& loss) {
  const at::Tensor logits = toTensor(in.at("logits")).unsqueeze(0).requires_grad_(true);
  const at::Tensor value = loss(logits).sum();
  const at::Tensor gradient = torch::autograd::grad({value}, {logits})[0];
  return {{{"value", value.item<double>()}, {"grad", toJson(gradient[0])}}};
}

const RegisterKind kDlr(kAttackVectors, "loss.dlr", [](const Json& in) {
  return valueAndGradient(in, [&](const at::Tensor& z) { return dlrLoss(z, oneLabel(in.at("label"))); });
});
const RegisterKind kTargetedDlr(kAttackVectors, "loss.dlr_targeted", [](const Json& in) {
  return valueAndGradient(in, [&](const at::Tensor& z) {
    return targetedDlrLoss(z, oneLabel(in.at("label")), oneLabel(in.at("target")));
  });
});
const RegisterKind kCrossEntropy(kAttackVectors, "loss.ce", [](const Json& in) {
  return valueAndGradient(in,
                          [&](const at::Tensor& z) { return crossEntropyLoss(z, oneLabel(in.at("label"))); });
});
const RegisterKind kMargin(kAttackVectors, "loss.margin", [](const Json& in) {
  return valueAndGradient(in, [&](const at::Tensor& z) {
    const at::Tensor label = oneLabel(in.at("label"));
    const Json kappa = in.value("kappa", Json());
    return kappa.is_null() ? marginLoss(z, label) : clampedMarginLoss(z, label, kappa.get<double>());
  });
});
const RegisterKind kHinge(kAttackVectors, "loss.cw_l2_hinge", [](const Json& in) {
  return valueAndGradient(in, [&](const at::Tensor& z) {
    const at::Tensor label = oneLabel(in.at("label"));
    const double kappa = in.at("kappa").get<double>();
    return in.at("targeted").get<bool>() ? targetedHingeLoss(z, label, kappa) : hingeLoss(z, label, kappa);
  });
});

VectorAnswer step(const Json& in, Norm norm) {
  const auto row = [&in](const char* name) { return toTensor(in.at(name)).unsqueeze(0); };
  const at::Tensor next = ascentStep(norm, row("x_clean"), row("x"), row("grad"),
                                     in.at("alpha").get<double>(), in.at("eps").get<double>());
  return {{{"x_next", toJson(next[0])}}};
}
const RegisterKind kLinfStep(kAttackVectors, "attack.linf_step",
                             [](const Json& in) { return step(in, Norm::Linf); });
const RegisterKind kL2Step(kAttackVectors, "attack.l2_step",
                           [](const Json& in) { return step(in, Norm::L2); });

Norm normOf(const Json& in) {
  return in.at("norm") == "Linf" ? Norm::Linf : Norm::L2;
}
at::Tensor rowOf(const Json& in, const char* name) {
  return toTensor(in.at(name)).unsqueeze(0);
}

// The margin s(w·x + b) of a linear model: the worst one by one full step against its gradient, the distances
// by projecting on the boundary.
const RegisterKind kOracle(kAttackVectors, "attack.linear_oracle", [](const Json& in) -> VectorAnswer {
  const at::Tensor w = rowOf(in, "w");
  const at::Tensor x = rowOf(in, "x");
  const double b = in.at("b").get<double>();
  const double sign = in.at("sign").get<double>();
  const double epsilon = in.at("eps").get<double>();
  const auto margin = [&](const at::Tensor& at) { return sign * ((w * at).sum().item<double>() + b); };
  const auto worst = [&](Norm norm) { return margin(ascentStep(norm, x, x, -sign * w, epsilon, epsilon)); };
  const auto nearest = [&](Norm norm) {
    return distance(norm, x, projectOnPlane(norm, x, w, torch::full({1}, -b, torch::kFloat64)).point)
        .item<double>();
  };
  return {{{"margin", margin(x)},
           {"worst_margin_linf", worst(Norm::Linf)},
           {"worst_margin_l2", worst(Norm::L2)},
           {"min_dist_linf", nearest(Norm::Linf)},
           {"min_dist_l2", nearest(Norm::L2)}}};
});

const RegisterKind kCheckpoints(kAttackVectors, "apgd.checkpoints", [](const Json& in) -> VectorAnswer {
  const auto schedule = in.at("variant") == "paper" ? ApgdSchedule::Paper : ApgdSchedule::Reference;
  return {{{"checkpoints", apgdCheckpoints(in.at("n_iter").get<int>(), schedule)}}};
});
const RegisterKind kApgdStep(kAttackVectors, "apgd.step_linf", [](const Json& in) -> VectorAnswer {
  const ApgdStep next =
      apgdStep(Norm::Linf, rowOf(in, "x_clean"), rowOf(in, "x"), rowOf(in, "x_prev"), rowOf(in, "grad"),
               in.at("eta").get<double>(), in.at("eps").get<double>(), in.at("first").get<bool>());
  return {{{"z", toJson(next.ascended[0])}, {"x_next", toJson(next.next[0])}}};
});
const RegisterKind kApgdHalve(kAttackVectors, "apgd.halve", [](const Json& in) -> VectorAnswer {
  const ApgdCheck check =
      apgdCheck(in.at("loss_before_window").get<double>(), in.at("window").get<std::vector<double>>(),
                in.at("rho").get<double>(), in.at("reduced_last").get<bool>(),
                in.at("best_at_last_check").get<double>(), in.at("best_now").get<double>());
  return {{{"increases", check.increases},
           {"cond1", check.tooFewIncreases},
           {"cond2", check.stalled},
           {"halve", check.halve}}};
});
const RegisterKind kApgdTargets(kAttackVectors, "apgd.targets", [](const Json& in) -> VectorAnswer {
  return {{{"targets", toJson(targetClasses(rowOf(in, "logits"), in.at("n_targets").get<int>())[0])}}};
});

const RegisterKind kConstSearch(kAttackVectors, "cwl2.const_search", [](const Json& in) -> VectorAnswer {
  WeightSearch search(in.at("c0").get<double>());
  std::vector<double> constants{search.weight()};
  for (const Json& outcome : in.at("outcomes")) {
    search.update(outcome.get<bool>());
    constants.push_back(search.weight());
  }
  return {{{"constants", constants}}};
});
const RegisterKind kTanhMap(kAttackVectors, "cwl2.tanh_map", [](const Json& in) -> VectorAnswer {
  const at::Tensor w = tanhVariable(toTensor(in.at("x")), in.at("shrink").get<double>());
  return {{{"w", toJson(w)}, {"x_back", toJson(fromTanhVariable(w))}}};
});

const RegisterKind kFabProject(kAttackVectors, "fab.project", [](const Json& in) -> VectorAnswer {
  const at::Tensor t = rowOf(in, "t");
  const PlaneProjection found = projectOnPlane(normOf(in), t, rowOf(in, "w"),
                                               torch::full({1}, in.at("b").get<double>(), torch::kFloat64));
  return {{{"z", toJson(found.point[0])},
           {"dist", distance(normOf(in), t, found.point).item<double>()},
           {"feasible", found.reachable.item<bool>()}}};
});
const RegisterKind kFabStep(kAttackVectors, "fab.step", [](const Json& in) -> VectorAnswer {
  const FabStep found = fabStep(normOf(in), rowOf(in, "x_orig"), rowOf(in, "x"), rowOf(in, "w"),
                                torch::full({1}, in.at("b").get<double>(), torch::kFloat64),
                                in.at("alpha_max").get<double>(), in.at("eta").get<double>());
  return {{{"d1", toJson(found.fromCurrent[0])},
           {"d2", toJson(found.fromOriginal[0])},
           {"alpha", found.weight.item<double>()},
           {"x_next", toJson(found.next[0])}}};
});

const RegisterKind kSquareSchedule(kAttackVectors, "square.schedule", [](const Json& in) -> VectorAnswer {
  std::vector<double> shares;
  std::vector<int> sides;
  for (const Json& query : in.at("iters")) {
    shares.push_back(squareShare(query.get<std::int64_t>(), in.at("n_queries").get<std::int64_t>(),
                                 in.at("p_init").get<double>(), in.at("rescale").get<bool>()));
    sides.push_back(squareSide(shares.back(), in.at("h").get<int>(), in.at("w").get<int>()));
  }
  return {{{"p", shares}, {"side", sides}}};
});
const RegisterKind kSquareStep(kAttackVectors, "square.step_linf", [](const Json& in) -> VectorAnswer {
  const at::Tensor moved =
      squareLinfStep(rowOf(in, "x"), rowOf(in, "x_best"), in.at("eps").get<double>(), in.at("row").get<int>(),
                     in.at("col").get<int>(), in.at("side").get<int>(), rowOf(in, "sign"));
  return {{{"x_new", toJson(moved[0])}}};
});

}  // namespace
}  // namespace medlocker::golden
