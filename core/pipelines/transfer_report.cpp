// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include "core/common/outcome_name.h"
#include "core/pipelines/transfer_attacks.h"

namespace medlocker::pipelines {
namespace {

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

std::string percent(const audit::RatedValue& rate) {
  if (!std::isfinite(rate.value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.1f %% [%.1f, %.1f]", 100 * rate.value, 100 * rate.low, 100 * rate.high);
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

void addCell(Json& json, const audit::TransferCell& cell) {
  json["base"] = cell.base;
  json["successes"] = cell.successes;
  json["abstained"] = cell.abstained;
  json["rate"] = number(cell.rate.value);
  json["ci_low"] = number(cell.rate.low);
  json["ci_high"] = number(cell.rate.high);
}

/// Sums over sources and targets.
struct Pooled {
  std::int64_t base = 0;
  std::int64_t successes = 0;
};

}  // namespace

Json TransferAttacksSummary::toJson() const {
  Json modelList = Json::array();
  for (const TransferModel& model : models)
    modelList.push_back({{"name", model.name},
                         {"arch", model.arch},
                         {"sha256", model.sha256},
                         {"role", model.role},
                         {"input_size", model.inputSize}});
  Json cleanList = Json::array();
  for (const CleanRow& row : clean)
    cleanList.push_back({{"target", row.target},
                         {"defence", row.defence},
                         {"images", row.images},
                         {"correct", row.correct},
                         {"abstained", row.abstained},
                         {"accuracy", number(row.accuracy.value)},
                         {"ci_low", number(row.accuracy.low)},
                         {"ci_high", number(row.accuracy.high)}});
  Json results = Json::array();
  for (const TransferRow& row : rows) {
    Json json = {{"source", row.source},
                 {"target", row.target},
                 {"attack", row.attack},
                 {"defence", row.defence},
                 {"setting", row.setting}};
    addCell(json, row.cell);
    results.push_back(std::move(json));
  }
  Json own = Json::array();
  for (const WhiteBoxRow& row : whiteBox) {
    Json json = {{"source", row.source},     {"attack", row.attack},       {"defence", row.defence},
                 {"forwards", row.forwards}, {"backwards", row.backwards}, {"rejected", row.rejected}};
    addCell(json, row.cell);
    own.push_back(std::move(json));
  }
  Json maskList = Json::array();
  for (const MaskReport& report : masks)
    maskList.push_back({{"source", report.source},
                        {"images", report.images},
                        {"rows", report.rows},
                        {"columns", report.columns},
                        {"forwards", report.forwards},
                        {"backwards", report.backwards},
                        {"best_fitness", numbers(report.best)},
                        {"mean_fitness", numbers(report.mean)},
                        {"heat_map", numbers(report.heatMap)}});
  Json effects = Json::array();
  for (const MaskEffect& effect : maskEffects)
    effects.push_back({{"attack", effect.baseAttack},
                       {"learned_against", effect.compared},
                       {"defence", effect.defence},
                       {"model_pairs", effect.effect.pairs},
                       {"base", effect.effect.base},
                       {"only_learned", effect.effect.onlyFirst},
                       {"only_other", effect.effect.onlySecond},
                       {"difference", number(effect.effect.difference.value)},
                       {"ci_low", number(effect.effect.difference.low)},
                       {"ci_high", number(effect.effect.difference.high)},
                       {"mcnemar_p", number(effect.effect.mcnemarP)}});
  Json issueList = Json::array();
  for (const ItemIssue& issue : issues)
    issueList.push_back({{"item", issue.item}, {"reason", issue.reason}, {"fatal", issue.fatalForItem}});
  return {{"schema", "medlocker/transfer/1"},
          {"outcome", outcomeName(outcome)},
          {"seed", options.seed},
          {"dataset",
           {{"fingerprint", datasetFingerprint},
            {"part", part},
            {"images", images},
            {"classes", classes},
            {"counts", imagesPerClass}}},
          {"threat", {{"norm", "linf"}, {"epsilon", epsilon}, {"side", side}}},
          {"defence_setting", options.defenceSetting},
          {"batch_size", options.batchSize},
          {"models", modelList},
          {"attacks", attacks},
          {"defences", defences},
          {"clean", cleanList},
          {"results", results},
          {"white_box", own},
          {"masks", maskList},
          {"mask_effects", effects},
          {"issues", issueList},
          {"notices", notices}};
}

std::string TransferAttacksSummary::toCsv() const {
  std::string text =
      "source,target,attack,defence,setting,images,base,successes,abstained,rate,ci_low,ci_high\n";
  for (const TransferRow& row : rows)
    text += csvField(row.source) + "," + csvField(row.target) + "," + row.attack + "," +
            csvField(row.defence) + "," + row.setting + "," + std::to_string(images) + "," +
            std::to_string(row.cell.base) + "," + std::to_string(row.cell.successes) + "," +
            std::to_string(row.cell.abstained) + "," + csvNumber(row.cell.rate.value) + "," +
            csvNumber(row.cell.rate.low) + "," + csvNumber(row.cell.rate.high) + "\n";
  return text;
}

std::string TransferAttacksSummary::briefReport() const {
  if (outcome == Outcome::Cancelled) return "Cancelled. The run can be resumed.";
  char line[160];
  std::snprintf(line, sizeof line, "%lld images (%s), L-infinity %.4g (%.3g/255), side %d pixels\n",
                static_cast<long long>(images), part.c_str(), epsilon, epsilon * 255, side);
  std::string text = line;
  for (const CleanRow& row : clean)
    if (row.defence == "none")
      text += "  target " + row.target + ": clean accuracy " + percent(row.accuracy) + "\n";
  // One line per attack and defence, over all pairs of source and target; the table in full is in the files.
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, Pooled> pooled;
  for (const TransferRow& row : rows) {
    const std::pair key(row.attack, row.defence);
    const auto [found, isNew] = pooled.try_emplace(key);
    if (isNew) order.push_back(key);
    found->second.base += row.cell.base;
    found->second.successes += row.cell.successes;
  }
  text += "Transfer success over all source-target pairs (of images right when clean):\n";
  for (const auto& key : order) {
    const Pooled& sum = pooled.at(key);
    std::snprintf(
        line, sizeof line, "  %-22s %-10s %5.1f %%  (%lld of %lld)\n", key.first.c_str(), key.second.c_str(),
        sum.base > 0 ? 100.0 * static_cast<double>(sum.successes) / static_cast<double>(sum.base) : 0.0,
        static_cast<long long>(sum.successes), static_cast<long long>(sum.base));
    text += line;
  }
  for (const MaskEffect& effect : maskEffects)
    if (effect.defence == "none" || effect.defence == "any")
      text += "  learned masks against " + effect.compared + " masks, " + effect.baseAttack + ", defence " +
              effect.defence + ": " + percent(effect.effect.difference) + "\n";
  for (const std::string& notice : notices) text += "Note: " + notice + "\n";
  for (const ItemIssue& issue : issues) text += issue.item + ": " + issue.reason + "\n";
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace medlocker::pipelines
