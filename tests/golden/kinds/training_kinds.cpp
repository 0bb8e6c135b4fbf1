// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include "core/attacks/ascent.h"
#include "core/attacks/loss.h"
#include "core/models/class_metrics.h"
#include "core/training/history.h"
#include "core/training/losses.h"
#include "core/training/losses/adversarial_losses.h"
#include "core/training/losses/distillation_losses.h"
#include "core/training/losses/divergences.h"
#include "core/training/state/class_temperatures.h"
#include "core/training/state/class_weights.h"
#include "core/training/state/teacher_balance.h"
#include "core/training/weight_average.h"
#include "tests/golden/json_tensor.h"
#include "tests/golden/vector_runner.h"

namespace medlocker::golden {
namespace {

using namespace training;

at::Tensor labelsOf(const Json& in, const char* name = "y") {
  return torch::tensor(in.at(name).get<std::vector<std::int64_t>>(), torch::kLong);
}

/// A logits input that records its gradient.
at::Tensor leaf(const Json& in, const char* name) {
  return toTensor(in.at(name)).requires_grad_(true);
}

/// Differentiates `total` and answers it with the gradients of the named leaves.
VectorAnswer answerWith(Json out, const at::Tensor& total,
                        const std::vector<std::pair<const char*, at::Tensor>>& leaves) {
  VectorAnswer answer{std::move(out)};
  answer.out["total"] = total.item<double>();
  std::vector<at::Tensor> wrt;
  for (const auto& [name, tensor] : leaves) wrt.push_back(tensor);
  const auto gradients = torch::autograd::grad({total}, wrt, {}, false, false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (gradients[i].defined()) answer.gradients[leaves[i].first] = toJson(gradients[i]);
  return answer;
}

double value(const at::Tensor& scalar) {
  return scalar.item<double>();
}

ClassValues classValues(const Json& json) {
  ClassValues values;
  for (const Json& entry : json)
    values.push_back(entry.is_null() ? std::nullopt : std::optional<double>(entry.get<double>()));
  return values;
}

Json toJsonValues(const ClassValues& values) {
  Json json = Json::array();
  for (const auto& entry : values) json.push_back(entry ? Json(*entry) : Json(nullptr));
  return json;
}

std::vector<double> numbers(const Json& in, const char* name) {
  return in.at(name).get<std::vector<double>>();
}

const RegisterKind kSoftmax(kTrainingVectors, "temperature_softmax", [](const Json& in) -> VectorAnswer {
  const at::Tensor p = temperatureSoftmax(toTensor(in.at("logits")), toTensor(in.at("tau")));
  return {{{"probs", toJson(p)}, {"entropy", toJson(entropyPerSample(p))}}};
});

const RegisterKind kSoftKl(kTrainingVectors, "soft_kl", [](const Json& in) -> VectorAnswer {
  const at::Tensor p = temperatureSoftmax(toTensor(in.at("teacher_logits")), toTensor(in.at("tau")));
  const at::Tensor kl = attacks::klLoss(toTensor(in.at("student_logits")), p, in.at("guard").get<double>());
  return {{{"per_sample", toJson(kl)},
           {"batch_mean", value(kl.mean())},
           {"element_mean", value(kl.mean()) / static_cast<double>(p.size(1))}}};
});

at::Tensor linfStep(const at::Tensor& clean, const at::Tensor& current, const at::Tensor& gradient,
                    const at::Tensor& step, const at::Tensor& epsilon) {
  // One element per sample, so that radii may differ from element to element.
  const auto perSample = [&](const at::Tensor& v) {
    return v.dim() == 0 ? attacks::PerSample(v.item<double>()) : attacks::PerSample(v);
  };
  return attacks::ascentStep(attacks::Norm::Linf, clean.unsqueeze(1), current.unsqueeze(1),
                             gradient.unsqueeze(1), perSample(step), perSample(epsilon))
      .squeeze(1);
}

const RegisterKind kLinfStep(kTrainingVectors, "linf_step", [](const Json& in) -> VectorAnswer {
  return {{{"x_next", toJson(linfStep(toTensor(in.at("x0")), toTensor(in.at("x")), toTensor(in.at("grad")),
                                      toTensor(in.at("step")), toTensor(in.at("eps"))))}}};
});

const RegisterKind kLinearPgd(kTrainingVectors, "linear_pgd", [](const Json& in) -> VectorAnswer {
  const at::Tensor w = toTensor(in.at("W")), b = toTensor(in.at("b")), x0 = toTensor(in.at("x0"));
  const at::Tensor labels = labelsOf(in);
  const auto student = [&](const at::Tensor& x) { return torch::linear(x, w, b); };
  const auto teacher = [&](const at::Tensor& x) {
    return torch::linear(x, toTensor(in.at("Wt")), toTensor(in.at("bt")));
  };
  const std::string loss = in.at("loss").get<std::string>();
  at::Tensor target;
  if (loss == "kl_clean") target = temperatureSoftmax(student(x0));
  if (loss == "kl_teacher")
    target = in.contains("tau") ? temperatureSoftmax(teacher(x0), toTensor(in.at("tau")))
                                : temperatureSoftmax(teacher(x0));
  const attacks::Objective objective = [&](const at::Tensor& x, const at::Tensor&, std::uint64_t) {
    attacks::ObjectiveValue at;
    at.logits = student(x);
    at.loss = loss == "ce"                  ? attacks::crossEntropyLoss(at.logits, labels)
              : loss == "kl_teacher_moving" ? klBetween(teacher(x), at.logits)
                                            : attacks::klLoss(at.logits, target);
    return at;
  };
  attacks::AscentOptions options;
  options.steps = in.at("steps").get<int>();
  options.step = in.at("step").get<double>();
  options.epsilon = in.at("eps").get<double>();
  options.evaluateLast = true;
  attacks::PassCounts counts;
  at::Tensor first;
  const attacks::AscentResult result =
      attacks::ascend(x0, x0 + toTensor(in.at("noise")), {}, objective, options, counts,
                      [&first](const attacks::AscentIterate& iterate) {
                        if (iterate.index == 1) first = iterate.images.clone();
                      });
  return {
      {{"first_step", toJson(first)}, {"x_adv", toJson(result.images)}, {"final_loss", toJson(result.loss)}}};
});

const RegisterKind kTrades(kTrainingVectors, "trades_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor nat = leaf(in, "logits_nat"), adv = leaf(in, "logits_adv");
  const TradesLoss loss = tradesLoss(nat, adv, labelsOf(in), in.at("beta").get<double>());
  return answerWith({{"ce", value(loss.crossEntropy)}, {"kl", value(loss.divergence)}}, loss.total,
                    {{"logits_nat", nat}, {"logits_adv", adv}});
});

const RegisterKind kMart(kTrainingVectors, "mart_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor nat = leaf(in, "logits_nat"), adv = leaf(in, "logits_adv");
  const MartLoss loss = martLoss(nat, adv, labelsOf(in), in.at("weight").get<double>());
  return answerWith({{"adv_ce", value(loss.adversarialCrossEntropy)},
                     {"margin", value(loss.margin)},
                     {"weighted_kl", value(loss.weightedDivergence)}},
                    loss.total, {{"logits_nat", nat}, {"logits_adv", adv}});
});

const RegisterKind kArd(kTrainingVectors, "ard_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor adv = leaf(in, "student_adv"), nat = leaf(in, "student_nat");
  const ArdLoss loss =
      ardLoss(adv, nat, toTensor(in.at("teacher_nat")), labelsOf(in), in.at("T").get<double>(),
              in.at("alpha").get<double>(), in.at("kl_scale").get<double>());
  return answerWith({{"kl_scaled", value(loss.scaledDivergence)}, {"ce", value(loss.crossEntropy)}},
                    loss.total, {{"student_adv", adv}, {"student_nat", nat}});
});

VectorAnswer twoBranches(const TwoBranchLoss& loss, const at::Tensor& adv, const at::Tensor& nat) {
  return answerWith({{"loss_adv", value(loss.adversarial)}, {"loss_nat", value(loss.clean)}}, loss.total,
                    {{"student_adv", adv}, {"student_nat", nat}});
}

const RegisterKind kRslad(kTrainingVectors, "rslad_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor adv = leaf(in, "student_adv"), nat = leaf(in, "student_nat");
  return twoBranches(rsladLoss(adv, nat, toTensor(in.at("teacher_nat")), in.at("lam_adv").get<double>(),
                               in.at("kl_scale").get<double>(), in.at("guard").get<double>()),
                     adv, nat);
});

const RegisterKind kIad(kTrainingVectors, "iad_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor adv = leaf(in, "student_adv"), nat = leaf(in, "student_nat");
  IadOptions options;
  options.temperature = in.at("T").get<double>();
  options.alpha = in.at("alpha").get<double>();
  options.trustPower = in.at("trust_power").get<double>();
  options.active = in.at("active").get<bool>();
  if (in.contains("weight_teacher_by_trust"))
    options.weightTeacherByTrust = in.at("weight_teacher_by_trust").get<bool>();
  const IadLoss loss = iadLoss(adv, nat, toTensor(in.at("teacher_nat")), toTensor(in.at("teacher_adv")),
                               labelsOf(in), options);
  return answerWith({{"trust", toJson(loss.trust)},
                     {"teacher_term", value(loss.teacherTerm)},
                     {"self_term", value(loss.selfTerm)},
                     {"ce", value(loss.crossEntropy)}},
                    loss.total, {{"student_adv", adv}, {"student_nat", nat}});
});

const RegisterKind kAdaAd(kTrainingVectors, "adaad_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor adv = leaf(in, "student_adv"), nat = leaf(in, "student_nat");
  return twoBranches(adaAdLoss(adv, nat, toTensor(in.at("teacher_adv")), toTensor(in.at("teacher_nat")),
                               in.at("alpha").get<double>(), in.at("kl_scale").get<double>()),
                     adv, nat);
});

const RegisterKind kAbsldRisk(kTrainingVectors, "absld_class_risk", [](const Json& in) -> VectorAnswer {
  ClassSums sums(in.at("num_classes").get<int>());
  for (const Json& batch : in.at("batches"))
    sums.add(numbers(batch, "ce"), batch.at("y").get<std::vector<std::int64_t>>());
  return {{{"sum", sums.sums()}, {"count", sums.counts()}, {"mean", toJsonValues(sums.means())}}};
});

const RegisterKind kAbsldTemperature(
    kTrainingVectors, "absld_temperature_update", [](const Json& in) -> VectorAnswer {
      const TemperatureUpdate update =
          updatedTemperatures(numbers(in, "tau"), classValues(in.at("risk")), in.at("rate").get<double>(),
                              in.at("tau_min").get<double>(), in.at("tau_max").get<double>());
      return {{{"gap", toJsonValues(update.gap)}, {"tau_next", update.next}}};
    });

const RegisterKind kAbsld(kTrainingVectors, "absld_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor adv = leaf(in, "student_adv"), nat = leaf(in, "student_nat");
  const AbsldTargets targets = absldTargets(toTensor(in.at("teacher_nat")), labelsOf(in),
                                            toTensor(in.at("tau_adv")), toTensor(in.at("tau_nat")),
                                            parseTemperatureCoupling(in.at("coupling").get<std::string>()));
  VectorAnswer answer =
      twoBranches(softLabelLoss(adv, nat, targets.adversarial, targets.clean, in.at("lam_adv").get<double>(),
                                in.at("kl_scale").get<double>(), in.at("guard").get<double>()),
                  adv, nat);
  answer.out["target_adv"] = toJson(targets.adversarial);
  answer.out["target_nat"] = toJson(targets.clean);
  return answer;
});

const RegisterKind kBalance(kTrainingVectors, "loss_balance_update", [](const Json& in) -> VectorAnswer {
  LossBalance balance{in.at("w_adv").get<double>(), in.at("w_nat").get<double>(),
                      in.at("ref_adv").get<double>(), in.at("ref_nat").get<double>()};
  const double adv = in.at("loss_adv").get<double>(), nat = in.at("loss_nat").get<double>();
  const double power = in.at("power").get<double>();
  const LossBalance next = balance.after(adv, nat, in.at("rate").get<double>(), power);
  return {{{"rel_adv", std::pow(adv / *next.adversarialReference, power)},
           {"rel_nat", std::pow(nat / *next.cleanReference, power)},
           {"w_adv_next", next.adversarialWeight},
           {"w_nat_next", next.cleanWeight}}};
});

const RegisterKind kEntropy(kTrainingVectors, "entropy_balance_update", [](const Json& in) -> VectorAnswer {
  const TeacherTemperatures next =
      TeacherTemperatures{in.at("T_adv").get<double>(), in.at("T_nat").get<double>()}.after(
          in.at("H_adv").get<double>(), in.at("H_nat").get<double>(), in.at("rate").get<double>(),
          in.at("T_min").get<double>(), in.at("T_max").get<double>());
  return {{{"T_adv_next", next.adversarial}, {"T_nat_next", next.clean}}};
});

const RegisterKind kBMtard(kTrainingVectors, "bmtard_step", [](const Json& in) -> VectorAnswer {
  const at::Tensor adv = leaf(in, "student_adv"), nat = leaf(in, "student_nat");
  const TeacherTemperatures temperatures{in.at("T_adv").get<double>(), in.at("T_nat").get<double>()};
  const TwoTeacherBranches branches = twoTeacherBranches(
      adv, nat, toTensor(in.at("teacher_adv")), toTensor(in.at("teacher_nat")), temperatures.adversarial,
      temperatures.clean, in.at("kl_scale").get<double>(), in.at("guard").get<double>());
  LossBalance balance{in.at("w_adv").get<double>(), in.at("w_nat").get<double>()};
  if (!in.at("ref_adv").is_null()) balance.adversarialReference = in.at("ref_adv").get<double>();
  if (!in.at("ref_nat").is_null()) balance.cleanReference = in.at("ref_nat").get<double>();
  const LossBalance next = balance.after(value(branches.adversarial), value(branches.clean),
                                         in.at("rate_w").get<double>(), in.at("power").get<double>());
  const TeacherTemperatures warmer =
      temperatures.after(branches.adversarialEntropy, branches.cleanEntropy, in.at("rate_T").get<double>(),
                         in.at("T_min").get<double>(), in.at("T_max").get<double>());
  return answerWith({{"loss_adv", value(branches.adversarial)},
                     {"loss_nat", value(branches.clean)},
                     {"H_adv", branches.adversarialEntropy},
                     {"H_nat", branches.cleanEntropy},
                     {"ref_adv", *next.adversarialReference},
                     {"ref_nat", *next.cleanReference},
                     {"T_adv_next", warmer.adversarial},
                     {"T_nat_next", warmer.clean},
                     {"w_adv_next", next.adversarialWeight},
                     {"w_nat_next", next.cleanWeight}},
                    next.adversarialWeight * branches.adversarial + next.cleanWeight * branches.clean,
                    {{"student_adv", adv}, {"student_nat", nat}});
});

const RegisterKind kFrlUpdate(kTrainingVectors, "frl_update", [](const Json& in) -> VectorAnswer {
  FrlRule rule;
  rule.naturalTolerance = in.at("delta_nat").get<double>();
  rule.boundaryTolerance = in.at("delta_bnd").get<double>();
  rule.weightRate = in.at("rate_w").get<double>();
  rule.marginRate = in.at("rate_m").get<double>();
  rule.limit = in.at("limit").get<double>();
  rule.smallestMargin = in.at("m_min").get<double>();
  rule.largestMargin = in.at("m_max").get<double>();
  FrlMultipliers multipliers;
  multipliers.natural = numbers(in, "lam_nat");
  multipliers.boundary = numbers(in, "lam_bnd");
  multipliers.margin = numbers(in, "lam_mar");
  const FrlMultipliers::Gaps gaps =
      FrlMultipliers::gaps(classValues(in.at("err_nat")), classValues(in.at("err_bnd")),
                           in.at("tot_nat").get<double>(), in.at("tot_bnd").get<double>(), rule);
  multipliers.update(gaps, rule, rule.weightRate);
  return {{{"gamma_nat", gaps.natural},
           {"gamma_bnd", gaps.boundary},
           {"lam_nat_next", multipliers.natural},
           {"lam_bnd_next", multipliers.boundary},
           {"lam_mar_next", multipliers.margin},
           {"w_nat", multipliers.naturalWeights()},
           {"w_bnd", multipliers.boundaryWeights()},
           {"margin_scale", multipliers.marginScale(rule)}}};
});

const RegisterKind kFrl(kTrainingVectors, "frl_loss", [](const Json& in) -> VectorAnswer {
  const FrlLoss loss =
      frlLoss(toTensor(in.at("ce")), toTensor(in.at("kl")), labelsOf(in), toTensor(in.at("w_nat")),
              toTensor(in.at("w_bnd")), in.at("beta").get<double>());
  return {{{"nat", value(loss.natural)}, {"bnd", value(loss.boundary)}, {"total", value(loss.total)}}};
});

const RegisterKind kBatSelect(kTrainingVectors, "bat_select", [](const Json& in) -> VectorAnswer {
  const auto [last, first] = batSelect(toTensor(in.at("correct")).to(torch::kBool));
  return {{{"last_clean", toJson(last)}, {"first_adv", toJson(first)}}};
});

const RegisterKind kBat(kTrainingVectors, "bat_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor last = leaf(in, "logits_lastclean"), first = leaf(in, "logits_firstadv"),
                   nat = leaf(in, "logits_nat");
  const BatLoss loss =
      batLoss(last, first, nat, labelsOf(in), in.at("beta").get<double>(), in.at("gamma").get<double>());
  return answerWith(
      {{"ce", value(loss.crossEntropy)}, {"kl", value(loss.divergence)}, {"uniform", value(loss.uniform)}},
      loss.total, {{"logits_lastclean", last}, {"logits_firstadv", first}, {"logits_nat", nat}});
});

const RegisterKind kCfaCalibration(kTrainingVectors, "cfa_calibration", [](const Json& in) -> VectorAnswer {
  const std::vector<double> accuracy = numbers(in, "robust_acc");
  return {{{"eps_c", cfaRadii(accuracy, in.at("eps").get<double>(), in.at("lam_eps").get<double>())},
           {"beta_c", cfaBetas(accuracy, in.at("beta").get<double>(), in.at("lam_beta").get<double>())}}};
});

const RegisterKind kCfa(kTrainingVectors, "cfa_trades_loss", [](const Json& in) -> VectorAnswer {
  const at::Tensor nat = leaf(in, "logits_nat"), adv = leaf(in, "logits_adv");
  const CfaLoss loss = cfaTradesLoss(nat, adv, labelsOf(in), toTensor(in.at("beta_c")));
  return answerWith({{"ce", toJson(loss.crossEntropy)}, {"kl", toJson(loss.divergence)}}, loss.total,
                    {{"logits_nat", nat}, {"logits_adv", adv}});
});

/// A network of one parameter, so that the step runs through the averaging that training uses.
class OneParameter : public models::Network {
 public:
  explicit OneParameter(const at::Tensor& start) { weight = register_parameter("weight", start.clone()); }
  torch::Tensor forward(torch::Tensor images) override { return images; }
  torch::Tensor weight;
};

const RegisterKind kFawa(kTrainingVectors, "fawa_step", [](const Json& in) -> VectorAnswer {
  const double decay = in.at("decay").get<double>();
  bool started = in.at("started").get<bool>();
  const OneParameter average(toTensor(in.at("avg"))), model(toTensor(in.at("new")));
  WeightAverage averaged(average, decay);
  if (started) averaged.updateWith(average, decay);  // the first one copies: the average as it is
  if (in.at("worst_valid_acc").get<double>() >= in.at("threshold").get<double>()) {
    averaged.updateWith(model, decay);
    started = true;
  }
  OneParameter result(toTensor(in.at("avg")));
  averaged.copyTo(result);
  return {{{"avg_next", toJson(result.weight.detach())}, {"started", started}}};
});

const RegisterKind kWatWeights(kTrainingVectors, "wat_weights", [](const Json& in) -> VectorAnswer {
  std::vector<double> costs;
  for (const Json& epoch : in.at("cost_history")) {
    costs.resize(epoch.size());
    for (std::size_t i = 0; i < epoch.size(); ++i) costs[i] += epoch[i].get<double>();
  }
  return {{{"cum_cost", costs}, {"weights", watWeights(costs, in.at("eta").get<double>())}}};
});

const RegisterKind kWat(kTrainingVectors, "wat_loss", [](const Json& in) -> VectorAnswer {
  const WatLoss loss = watLoss(toTensor(in.at("ce")), toTensor(in.at("kl")), labelsOf(in),
                               toTensor(in.at("weights")), in.at("beta").get<double>());
  return {{{"class_part", value(loss.classPart)},
           {"avg_part", value(loss.averagePart)},
           {"total", value(loss.total)}}};
});

const RegisterKind kFairArd(kTrainingVectors, "fair_ard_weights", [](const Json& in) -> VectorAnswer {
  const at::Tensor survived = toTensor(in.at("correct")).sum(0);
  const std::vector<std::int64_t> labels = in.at("y").get<std::vector<std::int64_t>>();
  const std::vector<double> steps(survived.const_data_ptr<double>(),
                                  survived.const_data_ptr<double>() + survived.numel());
  ClassSums sums(in.at("num_classes").get<int>());
  sums.add(steps, labels);
  const FairWeights weights =
      fairWeights(filled(sums.means(), sums.overallMean().value_or(0)), in.at("power").get<double>(),
                  in.at("w_min").get<double>(), in.at("w_max").get<double>(), in.at("guard").get<double>());
  return {{{"kappa", toJson(survived.to(torch::kLong))},
           {"kappa_class", toJsonValues(sums.means())},
           {"weights_unclamped", weights.unclamped},
           {"weights", weights.clamped}}};
});

const RegisterKind kDafa(kTrainingVectors, "dafa_weights", [](const Json& in) -> VectorAnswer {
  const auto classes = in.at("num_classes").get<std::size_t>();
  std::vector<std::vector<double>> similarity(classes);
  std::vector<double> counts(classes);
  const auto labels = in.at("y").get<std::vector<std::size_t>>();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    similarity[labels[i]].resize(classes);
    for (std::size_t k = 0; k < classes; ++k) similarity[labels[i]][k] += in.at("probs")[i][k].get<double>();
    counts[labels[i]] += 1;
  }
  for (std::size_t c = 0; c < classes; ++c)
    for (double& entry : similarity[c]) entry /= counts[c];
  return {{{"similarity", similarity}, {"weights", dafaWeights(similarity, in.at("lam").get<double>())}}};
});

Json metricsJson(const models::ClassMetrics& m) {
  return {{"per_class", m.perClass},
          {"average", m.average},
          {"class_mean", m.classMean},
          {"worst", m.worst},
          {"worst_class", m.worstClass},
          {"worst_group", m.worstGroup},
          {"std", m.deviation},
          {"nsd", m.nsd},
          {"gap", m.gap}};
}

const RegisterKind kMetrics(kTrainingVectors, "class_metrics", [](const Json& in) -> VectorAnswer {
  const auto labels = in.at("y").get<std::vector<int>>();
  const auto metricsOf = [&](const char* name) {
    const auto predicted = in.at(name).get<std::vector<int>>();
    std::vector<bool> correct;
    for (std::size_t i = 0; i < labels.size(); ++i) correct.push_back(predicted[i] == labels[i]);
    return models::classMetrics(correct, labels, in.at("num_classes").get<int>(),
                                in.at("worst_frac").get<double>());
  };
  const models::ClassMetrics clean = metricsOf("pred_clean"), robust = metricsOf("pred_adv");
  EpochRecord record;
  record.robustValidated = true;
  models::ConfusionMatrix matrix(in.at("num_classes").get<int>());
  const auto predicted = in.at("pred_adv").get<std::vector<int>>();
  for (std::size_t i = 0; i < labels.size(); ++i) matrix.add(labels[i], predicted[i]);
  record.robust = figuresOf(matrix);
  return {{{"clean", metricsJson(clean)},
           {"robust", metricsJson(robust)},
           {"w_robust", 0.5 * clean.average + 0.5 * robust.average},
           {"selection", selectionScore(record, SelectionCriterion::RobustAndWorstClass)}}};
});

const RegisterKind kRho(kTrainingVectors, "rho", [](const Json& in) -> VectorAnswer {
  return {{{"rho", models::relativeFairnessGain(in.at("avg").get<double>(), in.at("worst").get<double>(),
                                                in.at("base_avg").get<double>(),
                                                in.at("base_worst").get<double>())}}};
});

const RegisterKind kCw(kTrainingVectors, "cw_margin", [](const Json& in) -> VectorAnswer {
  const at::Tensor logits = toTensor(in.at("logits")), labels = labelsOf(in);
  return {{{"margin", toJson(-attacks::marginLoss(logits, labels))},
           {"objective", toJson(attacks::clampedMarginLoss(logits, labels, in.at("kappa").get<double>()))}}};
});

}  // namespace
}  // namespace medlocker::golden
