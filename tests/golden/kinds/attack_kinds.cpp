// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include "core/attacks/loss.h"
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

}  // namespace
}  // namespace medlocker::golden
