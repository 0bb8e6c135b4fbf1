// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
// JSON, CSV and plain words of an audit: views of AuditResult.
#include <cmath>
#include <cstdio>

#include "core/audit/audit_result.h"
#include "core/audit/report/html_text.h"

namespace medlocker::audit {
namespace {

using report::csvField;
using report::csvNumber;
using report::percentText;

Json classesJson(const ClassMetrics& metrics, const std::vector<std::string>& names) {
  Json list = Json::array();
  for (std::size_t c = 0; c < names.size(); ++c) {
    const Rate& rate = metrics.perClass[c];
    list.push_back({{"class", names[c]},
                    {"n", rate.n},
                    {"correct", rate.correct},
                    {"accuracy", jsonNumber(rate.value)},
                    {"ci_low", rate.low},
                    {"ci_high", rate.high}});
  }
  return list;
}

/// The fields that every result has.
Json metricsJson(const ClassMetrics& metrics, const std::vector<std::string>& names) {
  Json confusion = Json::array();
  for (int t = 0; t < metrics.confusion.classes; ++t) {
    Json row = Json::array();
    for (int p = 0; p < metrics.confusion.classes; ++p) row.push_back(metrics.confusion.at(t, p));
    confusion.push_back(std::move(row));
  }
  Json worst;
  if (metrics.worstClass)
    worst = {{"class", names[static_cast<std::size_t>(*metrics.worstClass)]},
             {"accuracy", metrics.worstAccuracy}};
  return {{"n", metrics.overall.n},
          {"correct", metrics.overall.correct},
          {"accuracy", jsonNumber(metrics.overall.value)},
          {"ci_low", metrics.overall.low},
          {"ci_high", metrics.overall.high},
          {"per_class", classesJson(metrics, names)},
          {"worst_class", std::move(worst)},
          {"worst_group", jsonNumber(metrics.worstGroup)},
          {"class_mean", jsonNumber(metrics.classMean)},
          {"spread", jsonNumber(metrics.spread)},
          {"nsd", jsonNumber(metrics.nsd)},
          {"kappa", jsonNumber(metrics.kappa)},
          {"referable_sensitivity", jsonNumber(metrics.referableSensitivity)},
          {"referable_specificity", jsonNumber(metrics.referableSpecificity)},
          {"confusion", std::move(confusion)}};
}

Json attackJson(const AuditedModel& model, const AuditedAttack& attack, bool timings) {
  Json json = metricsJson(attack.metrics, model.classes);
  json["model"] = model.name;
  json["attack"] = attack.attack;
  json["params"] = attack.params;
  json["forwards"] = attack.forwards;
  json["backwards"] = attack.backwards;
  json["zero_gradients"] = attack.zeroGradients;
  json["non_finite_gradients"] = attack.nonFiniteGradients;
  json["rejected"] = attack.rejected;
  json["median_distance"] = jsonNumber(attack.medianDistance);
  json["seconds"] = timings ? Json(attack.seconds) : Json();
  Json stages = Json::array();
  for (const StageCount& stage : attack.stages)
    stages.push_back({{"stage", stage.stage}, {"robust", stage.robust}});
  json["stages"] = std::move(stages);
  return json;
}

void csvRows(std::string& csv, const AuditedModel& model, const std::string& attack,
             const ClassMetrics& metrics) {
  const auto row = [&](const std::string& name, const Rate& rate) {
    csv += csvField(model.name) + "," + csvField(attack) + "," + csvField(name) + "," +
           std::to_string(rate.n) + "," + std::to_string(rate.correct) + "," + csvNumber(rate.value) + "," +
           csvNumber(rate.low) + "," + csvNumber(rate.high) + "\n";
  };
  row("all", metrics.overall);
  for (std::size_t c = 0; c < model.classes.size(); ++c) row(model.classes[c], metrics.perClass[c]);
}

std::string attackNames(const AuditedModel& model) {
  std::string names;
  for (const AuditedAttack& attack : model.attacks) names += (names.empty() ? "" : ", ") + attack.attack;
  return names;
}

}  // namespace

Json jsonNumber(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json auditJson(const AuditResult& result, bool timings) {
  Json json = {
      {"schema", kAuditSchema},
      {"dataset",
       {{"name", result.datasetName},
        {"fingerprint", result.fingerprint},
        {"classes", result.classes},
        {"counts", result.counts}}},
      {"threat", {{"norm", result.norm}, {"epsilon", result.epsilon}, {"epsilon_text", result.epsilonText}}},
      {"seed", result.seed},
      {"batch_size", result.batchSize},
      {"models", Json::array()},
      {"results", Json::array()},
      {"worst_case", Json::array()},
      {"curves", Json::array()},
      {"comparisons", Json::array()},
      {"requirements", Json::array()},
      {"flags", Json::array()},
      {"notices", result.notices}};
  for (const AuditedModel& model : result.models) {
    json["models"].push_back({{"name", model.name},
                              {"sha256", model.sha256},
                              {"arch", model.arch},
                              {"classes", model.classes},
                              {"input_size", model.inputSize},
                              {"foreign", model.foreign}});
    AuditedAttack clean;
    clean.attack = "clean";
    clean.params = Json::object();
    clean.metrics = model.cleanMetrics;
    clean.medianDistance = std::nan("");
    clean.forwards = static_cast<std::int64_t>(model.truth.size());
    json["results"].push_back(attackJson(model, clean, timings));
    for (const AuditedAttack& attack : model.attacks)
      json["results"].push_back(attackJson(model, attack, timings));
    Json worst = metricsJson(model.worstMetrics, model.classes);
    worst["model"] = model.name;
    worst["clean_accuracy"] = jsonNumber(model.cleanMetrics.overall.value);
    worst["w_robust"] = jsonNumber(model.wRobust);
    worst["asr"] = jsonNumber(model.attackSuccessRate);
    json["worst_case"].push_back(std::move(worst));
    if (!model.curve.empty()) {
      Json points = Json::array();
      for (const CurvePoint& point : model.curve)
        points.push_back({{"epsilon", point.epsilon},
                          {"n", point.accuracy.n},
                          {"correct", point.accuracy.correct},
                          {"accuracy", jsonNumber(point.accuracy.value)},
                          {"ci_low", point.accuracy.low},
                          {"ci_high", point.accuracy.high},
                          {"worst_class_accuracy", jsonNumber(point.worstClass)}});
      json["curves"].push_back(
          {{"model", model.name}, {"attack", model.curveAttack}, {"points", std::move(points)}});
    }
  }
  for (const ModelComparison& comparison : result.comparisons)
    json["comparisons"].push_back({{"first", comparison.first},
                                   {"second", comparison.second},
                                   {"statistic", comparison.statistic},
                                   {"difference", jsonNumber(comparison.difference.value)},
                                   {"ci_low", jsonNumber(comparison.difference.low)},
                                   {"ci_high", jsonNumber(comparison.difference.high)}});
  for (const RequirementResult& requirement : result.requirements)
    json["requirements"].push_back({{"condition", requirement.text},
                                    {"model", requirement.model},
                                    {"value", jsonNumber(requirement.value)},
                                    {"met", requirement.met}});
  for (const AuditFlag& flag : result.flags)
    json["flags"].push_back({{"model", flag.model.empty() ? Json() : Json(flag.model)},
                             {"id", flag.id},
                             {"message", flag.message}});
  return json;
}

std::string auditCsv(const AuditResult& result) {
  std::string csv = "model,attack,class,n,correct,accuracy,ci_low,ci_high\n";
  for (const AuditedModel& model : result.models) {
    csvRows(csv, model, "clean", model.cleanMetrics);
    for (const AuditedAttack& attack : model.attacks) csvRows(csv, model, attack.attack, attack.metrics);
    csvRows(csv, model, "worst case", model.worstMetrics);
  }
  return csv;
}

std::string samplesCsv(const AuditResult& result) {
  std::string csv = "model,id,label,attack,predicted\n";
  for (const AuditedModel& model : result.models) {
    const auto rows = [&](const std::string& attack, const std::vector<int>& predicted) {
      for (std::size_t i = 0; i < predicted.size(); ++i)
        csv += csvField(model.name) + "," + csvField(model.sampleIds[i]) + "," +
               std::to_string(model.truth[i]) + "," + csvField(attack) + "," + std::to_string(predicted[i]) +
               "\n";
    };
    rows("clean", model.clean);
    for (const AuditedAttack& attack : model.attacks) rows(attack.attack, attack.predicted);
    rows("worst case", model.worst);
  }
  return csv;
}

Json modelCard(const AuditResult& result, const AuditedModel& model) {
  Json attacks = Json::array();
  for (const AuditedAttack& attack : model.attacks)
    attacks.push_back({{"attack", attack.attack},
                       {"params", attack.params},
                       {"accuracy", jsonNumber(attack.metrics.overall.value)}});
  Json flags = Json::array();
  for (const AuditFlag& flag : result.flags)
    if (flag.model.empty() || flag.model == model.name)
      flags.push_back({{"id", flag.id}, {"message", flag.message}});
  return {
      {"schema", kModelCardSchema},
      {"model",
       {{"name", model.name},
        {"arch", model.arch},
        {"sha256", model.sha256},
        {"classes", model.classes},
        {"input_size", model.inputSize},
        {"foreign", model.foreign},
        {"training", model.training}}},
      {"evaluation",
       {{"dataset", result.datasetName},
        {"dataset_fingerprint", result.fingerprint},
        {"images", model.truth.size()},
        {"norm", result.norm},
        {"epsilon", result.epsilon},
        {"seed", result.seed},
        {"attacks", std::move(attacks)},
        {"clean", metricsJson(model.cleanMetrics, model.classes)},
        {"worst_case", metricsJson(model.worstMetrics, model.classes)},
        {"w_robust", jsonNumber(model.wRobust)},
        {"attack_success_rate", jsonNumber(model.attackSuccessRate)}}},
      {"flags", std::move(flags)},
      {"limits",
       {"Measured on one set of images; other cameras, populations and diseases may give other numbers.",
        "Robust accuracy under the attacks that were run is an upper bound: a stronger attack may break more "
        "images.",
        "Says nothing about changes larger than the budget, or of another kind (rotation, blur, artefacts).",
        "Not a statement of clinical performance."}}};
}

std::vector<std::string> plainWords(const AuditResult& result) {
  std::vector<std::string> lines;
  std::string size = result.epsilonText.empty() ? report::numberText(result.epsilon, 4) : result.epsilonText;
  lines.push_back(result.norm == "linf"
                      ? "Every pixel value could be changed by at most " + size +
                            " of the whole range from black to white. Changes of a few 1/255 are hard or "
                            "impossible to see."
                      : "The sum of squares of all pixel changes could be at most the square of " + size +
                            ", in units of the whole range from black to white.");
  for (const AuditedModel& model : result.models) {
    const ClassMetrics& clean = model.cleanMetrics;
    const ClassMetrics& worst = model.worstMetrics;
    std::string text = "The model '" + model.name + "' was right on " +
                       std::to_string(clean.overall.correct) + " of " + std::to_string(clean.overall.n) +
                       " unchanged images (" + percentText(clean.overall.value) +
                       "). With each image changed by whichever of the attacks " + attackNames(model) +
                       " harmed it most, it was right on " + std::to_string(worst.overall.correct) + " (" +
                       percentText(worst.overall.value) + "; 95 % interval " +
                       percentText(worst.overall.low) + " to " + percentText(worst.overall.high) + ").";
    if (worst.worstClass) {
      const Rate& rate = worst.perClass[static_cast<std::size_t>(*worst.worstClass)];
      text += " Its weakest class was '" + model.classes[static_cast<std::size_t>(*worst.worstClass)] +
              "': " + std::to_string(rate.correct) + " of " + std::to_string(rate.n) + " images (" +
              percentText(rate.value) + "; interval " + percentText(rate.low) + " to " +
              percentText(rate.high) + ").";
    }
    lines.push_back(std::move(text));
  }
  lines.emplace_back(
      "An attacked image counts as right only if no attack changed the answer. Every success was checked "
      "again with the "
      "model in full precision.");
  lines.emplace_back(
      "The robust numbers are upper bounds. A stronger attack may break more images; no list of attacks can "
      "show that "
      "none would. Nothing is said about larger changes or changes of another kind.");
  lines.emplace_back(
      "Intervals tell how far the numbers may be off because only these images were tested. They say nothing "
      "about images "
      "from other cameras, clinics or patients. None of this is a statement of clinical performance.");
  return lines;
}

}  // namespace medlocker::audit
