// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include "core/attacks/loss.h"
#include "core/models/aw_layers.h"
#include "core/models/weight_statistics.h"
#include "core/training/losses/aw_net_losses.h"
#include "core/training/losses/distillation_losses.h"
#include "core/training/losses/divergences.h"
#include "core/training/state/teacher_balance.h"
#include "tests/golden/json_tensor.h"
#include "tests/golden/vector_runner.h"

namespace medlocker::golden {
namespace {

using namespace training;

double number(const Json& in, const char* name) {
  return in.at(name).get<double>();
}

const RegisterKind kSize(kAttackVectors, "awnet.param_count", [](const Json& in) -> VectorAnswer {
  const auto widths = in.at("filters").get<std::vector<std::int64_t>>();
  models::AwRouter router(widths, 32);
  std::int64_t signals = 0, parameters = 0;
  for (const std::int64_t width : widths) signals += width;
  for (const auto& item : router->named_parameters())
    if (item.key().starts_with("heads.")) parameters += item.value().numel();
  return {{{"signals", signals}, {"head_params", parameters}}};
});

const RegisterKind kSignal(kAttackVectors, "awnet.signal", [](const Json& in) -> VectorAnswer {
  return {{{"s", toJson(models::awSignals(toTensor(in.at("u"))))}}};
});

const RegisterKind kModulate(kAttackVectors, "awnet.modulate", [](const Json& in) -> VectorAnswer {
  const at::Tensor x = toTensor(in.at("x")).unsqueeze(0).unsqueeze(0);
  const at::Tensor weights = toTensor(in.at("weights")).unsqueeze(1);
  const at::Tensor signals = models::awSignals(toTensor(in.at("u")));
  const at::Tensor out = models::scaleChannels(torch::conv2d(x, weights), signals.unsqueeze(0));
  return {{{"s", toJson(signals)}, {"out", toJson(out[0])}}};
});

const RegisterKind kMixNorm(kAttackVectors, "awnet.mixbn", [](const Json& in) -> VectorAnswer {
  models::MixBatchNorm norm(1);
  const torch::NoGradGuard noGrad;
  const auto fill = [](models::BatchNorm& branch, const Json& values) {
    branch->running_mean.fill_(number(values, "mean"));
    branch->running_var.fill_(number(values, "var"));
    branch->weight.fill_(number(values, "gamma"));
    branch->bias.fill_(number(values, "beta"));
  };
  fill(norm->clean, in.at("clean"));
  fill(norm->adversarial, in.at("adv"));
  const at::Tensor x = toTensor(in.at("x")).to(torch::kFloat);
  models::AwPass pass;
  pass.adversarial = torch::tensor({static_cast<float>(number(in, "p"))});
  return {{{"y", toJson(norm(x.reshape({1, 1, 1, -1}), pass).flatten())}}};
});

const RegisterKind kBalance(kAttackVectors, "awnet.nlb", [](const Json& in) -> VectorAnswer {
  const double w = number(in, "w_nat");
  const LossBalance balance{1 - w, w, number(in, "loss0_adv"), number(in, "loss0_nat")};
  const double adversarial = number(in, "loss_adv"), clean = number(in, "loss_nat");
  const LossBalance next = balance.after(adversarial, clean, number(in, "rate"), 1);
  const LossBalance target = balance.after(adversarial, clean, 1, 1);
  return {
      {{"target_nat", target.cleanWeight}, {"w_nat", next.cleanWeight}, {"w_adv", next.adversarialWeight}}};
});

const RegisterKind kConfidence(kAttackVectors, "awnet.ebb", [](const Json& in) -> VectorAnswer {
  const auto entropy = [&](const char* logits, const char* temperature) {
    return entropyPerSample(temperatureSoftmax(toTensor(in.at(logits)).unsqueeze(0), number(in, temperature)))
        .item<double>();
  };
  const double adversarial = entropy("logits_adv_teacher", "t_adv");
  const double clean = entropy("logits_nat_teacher", "t_nat");
  const TeacherTemperatures next = TeacherTemperatures{number(in, "t_adv"), number(in, "t_nat")}.after(
      adversarial, clean, number(in, "rate"), number(in, "t_min"), number(in, "t_max"));
  return {{{"h_adv", adversarial}, {"h_nat", clean}, {"t_adv", next.adversarial}, {"t_nat", next.clean}}};
});

const RegisterKind kTotal(kAttackVectors, "awnet.total_loss", [](const Json& in) -> VectorAnswer {
  const auto row = [&](const char* name) { return toTensor(in.at(name)).unsqueeze(0); };
  const TwoTeacherBranches branches =
      twoTeacherBranches(row("student_adv"), row("student_nat"), row("teacher_adv"), row("teacher_nat"),
                         number(in, "t_adv"), number(in, "t_nat"), 1.0, 0.0);
  const at::Tensor router = routerLoss(torch::full({1}, number(in, "d_nat"), torch::kDouble),
                                       torch::full({1}, number(in, "d_adv"), torch::kDouble));
  const at::Tensor total = number(in, "w_nat") * branches.clean + number(in, "w_adv") * branches.adversarial +
                           number(in, "lambda_r") * router;
  return {{{"kl_nat", branches.clean.item<double>()},
           {"kl_adv", branches.adversarial.item<double>()},
           {"router", router.item<double>()},
           {"total", total.item<double>()}}};
});

const RegisterKind kInner(kAttackVectors, "awnet.inner_objective", [](const Json& in) -> VectorAnswer {
  const at::Tensor logits = toTensor(in.at("logits")).unsqueeze(0);
  const at::Tensor label = torch::tensor({in.at("label").get<std::int64_t>()});
  const at::Tensor detector = torch::full({1}, number(in, "d"), torch::kDouble);
  return {{{"ce", attacks::crossEntropyLoss(logits, label).item<double>()},
           {"router_term", detectorLoss(detector, 1).item<double>()},
           {"value", evasiveObjective(logits, label, detector, number(in, "lambda_a")).item<double>()}}};
});

const RegisterKind kFilters(kAttackVectors, "awnet.filter_stats", [](const Json& in) -> VectorAnswer {
  Json filters = Json::array();
  for (const models::FilterStatistics& f :
       models::filterStatistics(toTensor(in.at("filters")), number(in, "tau")))
    filters.push_back({{"l1", f.l1}, {"mean_abs", f.meanAbs}, {"near_zero", f.nearZero}, {"hoyer", f.hoyer}});
  return {{{"filters", filters}}};
});

}  // namespace
}  // namespace medlocker::golden
