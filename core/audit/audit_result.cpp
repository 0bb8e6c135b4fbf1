// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/audit_result.h"

#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "core/common/error.h"
#include "core/common/random.h"

namespace medlocker::audit {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kBlackBoxShare = 0.002;

constexpr std::array<const char*, 14> kMetrics{"accuracy",
                                               "worst_class",
                                               "worst_group",
                                               "class_mean",
                                               "nsd",
                                               "kappa",
                                               "w_robust",
                                               "clean_accuracy",
                                               "clean_worst_class",
                                               "clean_worst_group",
                                               "clean_nsd",
                                               "clean_kappa",
                                               "clean_class_mean",
                                               "asr"};

double valueOf(const ClassMetrics& metrics, const std::string& name) {
  if (name == "accuracy") return metrics.overall.value;
  if (name == "worst_class") return metrics.worstAccuracy;
  if (name == "worst_group") return metrics.worstGroup;
  if (name == "class_mean") return metrics.classMean;
  if (name == "nsd") return metrics.nsd;
  if (name == "kappa") return metrics.kappa;
  return kNaN;
}

double valueOf(const AuditedModel& model, const std::string& metric) {
  if (metric == "w_robust") return model.wRobust;
  if (metric == "asr") return model.attackSuccessRate;
  if (metric.starts_with("clean_")) return valueOf(model.cleanMetrics, metric.substr(6));
  return valueOf(model.worstMetrics, metric);
}

bool holds(double value, const std::string& comparison, double bound) {
  if (std::isnan(value)) return false;
  if (comparison == ">=") return value >= bound;
  if (comparison == ">") return value > bound;
  if (comparison == "<=") return value <= bound;
  return value < bound;
}

/// A stage that uses no gradients broke images that every stage or attack before it left.
void addBlackBoxFlags(AuditResult& result) {
  for (const AuditedModel& model : result.models) {
    const auto total = static_cast<std::int64_t>(model.truth.size());
    for (const AuditedAttack& attack : model.attacks)
      for (std::size_t s = 1; s < attack.stages.size(); ++s) {
        const std::int64_t broken = attack.stages[s - 1].robust - attack.stages[s].robust;
        if (attack.stages[s].stage != "square" ||
            static_cast<double>(broken) <= kBlackBoxShare * static_cast<double>(total))
          continue;
        result.flags.push_back(
            {model.name, "black_box_wins",
             "the square attack, which uses no gradients, broke " + std::to_string(broken) +
                 " images that every gradient attack before it left; the model may hide its "
                 "gradients"});
      }
  }
}

void compareModels(AuditResult& result, int resamples) {
  for (std::size_t a = 0; a < result.models.size(); ++a)
    for (std::size_t b = a + 1; b < result.models.size(); ++b) {
      const AuditedModel& first = result.models[a];
      const AuditedModel& second = result.models[b];
      if (first.sampleIds != second.sampleIds || first.truth != second.truth) continue;
      const auto add = [&](const char* name, PairedStatistic statistic) {
        result.comparisons.push_back(
            {first.name, second.name, name,
             pairedBootstrap(first.truth, first.worst, second.worst, static_cast<int>(first.classes.size()),
                             statistic, resamples,
                             RandomStream::fromSeed(result.seed, std::string("audit/bootstrap/") + name))});
      };
      add("robust_accuracy", PairedStatistic::Accuracy);
      add("robust_worst_class", PairedStatistic::WorstClass);
      add("robust_class_mean", PairedStatistic::ClassMean);
    }
}

}  // namespace

Requirement parseRequirement(const std::string& text) {
  Requirement requirement;
  requirement.text = text;
  const std::size_t at = text.find_first_of("<>");
  const auto refuse = [&text](const std::string& reason) {
    throw Error(ErrorCode::InvalidArgument, reason, "condition '" + text + "'");
  };
  if (at == std::string::npos) refuse("a condition is a metric, one of >= > <= <, and a number");
  const std::size_t length = at + 1 < text.size() && text[at + 1] == '=' ? 2 : 1;
  const auto trimmed = [](std::string part) {
    const auto begin = part.find_first_not_of(' ');
    if (begin == std::string::npos) return std::string();
    return part.substr(begin, part.find_last_not_of(' ') - begin + 1);
  };
  requirement.metric = trimmed(text.substr(0, at));
  requirement.comparison = text.substr(at, length);
  const std::string number = trimmed(text.substr(at + length));
  std::size_t used = 0;
  try {
    requirement.bound = std::stod(number, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (number.empty() || used != number.size() || !std::isfinite(requirement.bound))
    refuse("'" + number + "' is not a number");
  std::string known;
  for (const char* metric : kMetrics) {
    if (requirement.metric == metric) return requirement;
    known += (known.empty() ? "" : ", ") + std::string(metric);
  }
  refuse("'" + requirement.metric + "' is not a metric; known are " + known);
  return requirement;
}

bool AuditResult::requirementsMet() const {
  for (const RequirementResult& requirement : requirements)
    if (!requirement.met) return false;
  return true;
}

void summarise(AuditResult& result, const std::vector<Requirement>& requirements, int resamples) {
  for (AuditedModel& model : result.models) {
    const auto classes = static_cast<int>(model.classes.size());
    const auto metricsOf = [&](const std::vector<int>& predicted) {
      return computeClassMetrics(model.truth, predicted, classes, model.referableFrom);
    };
    std::vector<std::vector<int>> attacked;
    for (AuditedAttack& attack : model.attacks) {
      attack.metrics = metricsOf(attack.predicted);
      attacked.push_back(attack.predicted);
    }
    model.worst = worstCasePredictions(model.truth, model.clean, attacked);
    model.cleanMetrics = metricsOf(model.clean);
    model.worstMetrics = metricsOf(model.worst);
    model.wRobust = wRobust(model.cleanMetrics.overall.value, model.worstMetrics.overall.value);
    model.attackSuccessRate = attackSuccessRate(model.truth, model.clean, model.worst);
    for (std::size_t c = 0; c < model.classes.size(); ++c)
      if (model.cleanMetrics.perClass[c].n == 0)
        result.flags.push_back({model.name, "empty_class",
                                "no image has the class '" + model.classes[c] +
                                    "', so nothing is said about it and it is left out of class means"});
    for (const Requirement& requirement : requirements) {
      const double value = valueOf(model, requirement.metric);
      result.requirements.push_back(
          {requirement.text, model.name, value, holds(value, requirement.comparison, requirement.bound)});
    }
  }
  addBlackBoxFlags(result);
  compareModels(result, resamples);
}

}  // namespace medlocker::audit
