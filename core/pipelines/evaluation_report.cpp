// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/evaluation_report.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/pipelines/evaluation_html.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json rated(const audit::RatedValue& rate) {
  return {{"value", number(rate.value)}, {"ci_low", number(rate.low)}, {"ci_high", number(rate.high)}};
}

Json metricsJson(const audit::ModelMetrics& metrics) {
  return {{"samples", metrics.samples},
          {"accuracy", number(metrics.accuracy.value)},
          {"accuracy_ci", rated(metrics.accuracy)},
          {"balanced_accuracy", number(metrics.balancedAccuracy.value)},
          {"balanced_accuracy_ci", rated(metrics.balancedAccuracy)},
          {"kappa", number(metrics.kappa.value)},
          {"kappa_ci", rated(metrics.kappa)},
          {"macro_f1", number(metrics.macroF1)},
          {"referable_sensitivity", number(metrics.referableSensitivity)},
          {"referable_specificity", number(metrics.referableSpecificity)},
          {"mean_true_probability", number(metrics.meanTrueProbability)},
          {"mean_abs_grade_shift", number(metrics.meanAbsGradeShift)},
          {"asr", number(metrics.asr.value)},
          {"asr_ci", rated(metrics.asr)},
          {"asr_base", metrics.asrBase}};
}

std::string percent(double value) {
  if (!std::isfinite(value)) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * value);
  return text;
}

std::string padded(std::string text, std::size_t width) {
  // Width in characters, not bytes: the dash is three bytes long.
  std::size_t shown = 0;
  for (const char c : text) shown += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  for (; shown < width; ++shown) text += ' ';
  return text;
}

std::string csvField(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csvNumber(double value) {
  if (!std::isfinite(value)) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

std::string csvOf(const EvaluateDatasetSummary& summary) {
  std::string text =
      "model,arch,role,labels,version,samples,accuracy,accuracy_ci_low,accuracy_ci_high,balanced_accuracy,"
      "kappa,macro_f1,"
      "referable_sensitivity,referable_specificity,mean_true_probability,mean_abs_grade_shift,asr,asr_ci_low,"
      "asr_ci_high,asr_base\n";
  const auto row = [&](const EvaluatedModel& model, const char* version, const audit::ModelMetrics& m) {
    text += csvField(model.name) + "," + csvField(model.arch) + "," + model.role + "," + model.labelOrigin +
            "," + version + "," + std::to_string(m.samples);
    for (const double value :
         {m.accuracy.value, m.accuracy.low, m.accuracy.high, m.balancedAccuracy.value, m.kappa.value,
          m.macroF1, m.referableSensitivity, m.referableSpecificity, m.meanTrueProbability,
          m.meanAbsGradeShift, m.asr.value, m.asr.low, m.asr.high}) {
      text += ',';
      text += csvNumber(value);
    }
    text += ',';
    text += std::to_string(m.asrBase);
    text += '\n';
  };
  for (const EvaluatedModel& model : summary.models) {
    row(model, "clean", model.clean);
    row(model, "protected", model.protectedImages);
    row(model, "random", model.random);
    if (model.restored) row(model, "restored", *model.restored);
  }
  return text;
}

}  // namespace

Json EvaluateDatasetSummary::toJson() const {
  // Other programs read clean/protected/random keyed by model; each entry names its role.
  Json clean = Json::object();
  Json marked = Json::object();
  Json random = Json::object();
  Json restored = Json::object();
  Json list = Json::array();
  for (const EvaluatedModel& model : models) {
    const auto withRole = [&](const audit::ModelMetrics& metrics) {
      Json json = metricsJson(metrics);
      json["role"] = model.role;
      return json;
    };
    clean[model.name] = withRole(model.clean);
    marked[model.name] = withRole(model.protectedImages);
    random[model.name] = withRole(model.random);
    if (model.restored) restored[model.name] = withRole(*model.restored);
    list.push_back({{"name", model.name},
                    {"arch", model.arch},
                    {"sha256", model.sha256},
                    {"role", model.role},
                    {"label_origin", model.labelOrigin},
                    {"mcnemar_p", number(model.mcnemarP)},
                    {"restored_outputs_equal", model.restoredOutputsEqual},
                    {"restored_outputs_compared", model.restoredOutputsCompared}});
  }
  Json columns = Json::array();
  for (const EvaluatedModel& model : models) columns.push_back(model.name);
  Json rows = Json::object();
  Json blackBox = Json::object();
  for (const TransferMatrixRow& row : transfer) {
    for (std::size_t m = 0; m < row.cells.size() && m < models.size(); ++m)
      rows[row.source][models[m].name] = {{"accuracy", number(row.cells[m].accuracy.value)},
                                          {"accuracy_ci", rated(row.cells[m].accuracy)},
                                          {"asr", number(row.cells[m].asr.value)},
                                          {"asr_ci", rated(row.cells[m].asr)},
                                          {"white_box", row.cells[m].whiteBox},
                                          {"samples", row.cells[m].samples}};
    blackBox[row.source] = {{"mean", number(row.blackBoxMean)}, {"worst", number(row.blackBoxWorst)}};
  }
  Json distributions = Json::object();
  for (const Distribution& d : visibility.distributions)
    distributions[d.name] = {{"images", d.images},
                             {"mean", number(d.mean)},
                             {"median", number(d.median)},
                             {"p5", number(d.low)},
                             {"p95", number(d.high)}};
  Json lookAt = Json::array();
  for (const ListedItem& item : listed)
    lookAt.push_back({{"id", item.id}, {"status", item.status}, {"reason", item.reason}});
  Json issueList = Json::array();
  for (const ItemIssue& issue : issues) issueList.push_back({{"item", issue.item}, {"reason", issue.reason}});
  Json json = {{"schema", "medlocker/evaluation/1"},
               {"outcome", outcomeName(outcome)},
               {"models", list},
               {"clean", clean},
               {"protected", marked},
               {"random", random},
               {"transfer_matrix", {{"targets", columns}, {"rows", rows}, {"black_box_accuracy", blackBox}}},
               {"visibility",
                {{"covered_fov", number(visibility.coveredFov)},
                 {"changed_fov", number(visibility.changedFov)},
                 {"lesion_overlap_pixels", visibility.lesionOverlapPixels},
                 {"outside_max_abs_diff", visibility.outsideMaxAbsDiff},
                 {"ssim", number(visibility.ssim)},
                 {"psnr", number(visibility.psnr)},
                 {"distributions", distributions}}},
               {"status_counts", statusCounts},
               {"listed", lookAt},
               {"label_origin", labelOrigin},
               {"pairs", pairs},
               {"issues", issueList},
               {"notices", notices},
               {"limits", kLimitsText},
               {"seconds", seconds}};
  if (!robustness.empty()) {
    Json cases = Json::array();
    for (const RobustnessRow& row : robustness) {
      Json cells = Json::object();
      for (std::size_t m = 0; m < row.cells.size() && m < models.size(); ++m)
        cells[models[m].name] = {{"clean", number(row.cells[m].clean)},
                                 {"protected", number(row.cells[m].protectedImages)},
                                 {"random", number(row.cells[m].random)},
                                 {"asr", number(row.cells[m].asr)}};
      cases.push_back({{"case", row.name}, {"models", cells}});
    }
    json["robustness"] = cases;
  }
  if (restoredCompared > 0) {
    json["restored"] = restored;
    json["restored_identical"] = restoredIdentical;
    json["restored_compared"] = restoredCompared;
  }
  return json;
}

std::string EvaluateDatasetSummary::briefReport() const {
  std::string text = std::to_string(pairs) + " image pairs evaluated.\n\n";
  text += padded("model", 26) + padded("role", 8) + padded("version", 11) + padded("accuracy", 10) +
          padded("balanced", 10) + padded("kappa", 8) + "fooled (ASR)\n";
  for (const EvaluatedModel& model : models) {
    std::vector<std::pair<const char*, const audit::ModelMetrics*>> versions{
        {"clean", &model.clean}, {"protected", &model.protectedImages}, {"random", &model.random}};
    if (model.restored) versions.emplace_back("restored", &*model.restored);
    for (const auto& [name, metrics] : versions) {
      if (metrics->samples == 0) continue;
      const bool first = metrics == &model.clean;
      char kappa[32] = "–";
      if (std::isfinite(metrics->kappa.value))
        std::snprintf(kappa, sizeof kappa, "%.2f", metrics->kappa.value);
      text += padded(first ? model.name : "", 26) + padded(first ? model.role : "", 8) + padded(name, 11) +
              padded(percent(metrics->accuracy.value), 10) +
              padded(percent(metrics->balancedAccuracy.value), 10) + padded(kappa, 8);
      if (!first && metrics->asrBase > 0)
        text += percent(metrics->asr.value) + " [" + percent(metrics->asr.low) + ", " +
                percent(metrics->asr.high) + "] of " + std::to_string(metrics->asrBase);
      text += "\n";
    }
  }
  if (labelOrigin == "pseudo")
    text +=
        "\nThe images carry no labels: what a model says of a clean image counts as right, so its clean "
        "accuracy is "
        "100 % by definition.\n";
  for (const TransferMatrixRow& row : transfer) {
    if (row.source == "none" || !std::isfinite(row.blackBoxMean)) continue;
    text += "\nProtected against " + row.source + ": accuracy of models outside the search " +
            percent(row.blackBoxMean) + " on average, " + percent(row.blackBoxWorst) + " at most.";
  }
  char line[256];
  std::snprintf(line, sizeof line,
                "\nLogo covers %.1f %% of the field of view on average; lesion pixels covered: %lld; largest "
                "change outside the logo: %lld; SSIM %.4f.",
                100 * visibility.coveredFov, static_cast<long long>(visibility.lesionOverlapPixels),
                static_cast<long long>(visibility.outsideMaxAbsDiff), visibility.ssim);
  text += line;
  if (restoredCompared > 0)
    text += "\nRestored samples identical to the originals: " + std::to_string(restoredIdentical) + " of " +
            std::to_string(restoredCompared) + ".";
  for (const EvaluatedModel& model : models)
    if (model.restoredOutputsCompared > 0)
      text += "\n  " + model.name + ": outputs equal bit for bit on " +
              std::to_string(model.restoredOutputsEqual) + " of " +
              std::to_string(model.restoredOutputsCompared) + " restored images.";
  for (const std::string& notice : notices) text += "\nNote: " + notice;
  for (const ItemIssue& issue : issues) text += "\n  " + issue.item + ": " + issue.reason;
  return text;
}

void writeEvaluation(const fs::path& folder, const EvaluateDatasetOptions& options,
                     const EvaluateDatasetSummary& summary) {
  fs::create_directories(folder);
  writeFileAtomically(folder / "evaluation.json", summary.toJson().dump(2) + "\n");
  writeFileAtomically(folder / "evaluation.csv", csvOf(summary));
  writeFileAtomically(folder / "report.html", evaluationHtml(options, summary));
  Json models = Json::array();
  for (const fs::path& model : options.models) models.push_back(model.string());
  writeRunJson(folder, {{"command", "evaluate"},
                        {"options",
                         {{"original", options.original.string()},
                          {"protected", options.protectedFolder.string()},
                          {"models", models},
                          {"robustness", options.robustness},
                          {"transfer", options.singleSources},
                          {"transfer_budget", options.transferBudget},
                          {"bootstrap", options.bootstrapResamples},
                          {"random_draws", options.randomDraws}}},
                        {"seed", options.seed},
                        {"outcome", "completed"},
                        {"counts", {{"pairs", summary.pairs}, {"issues", summary.issues.size()}}},
                        {"seconds", summary.seconds},
                        {"finished_utc", utcNow()}});
}

}  // namespace medlocker::pipelines
