// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/audit_page.h"

#include <cmath>

#include "core/audit/report/html_page.h"
#include "core/audit/report/html_text.h"

namespace medlocker::audit {
namespace {

using report::numberText;
using report::percentText;

constexpr std::size_t kPicturesPerModel = 8;

std::string intervalText(const Rate& rate) {
  return rate.n == 0 ? "–" : percentText(rate.low) + " – " + percentText(rate.high);
}

std::string budgetText(const AuditResult& result) {
  return result.epsilonText.empty() ? numberText(result.epsilon, 4) : result.epsilonText;
}

report::HtmlTable overview(const AuditResult& result) {
  report::HtmlTable table;
  table.caption = "All models: unchanged images and the worst case over all attacks";
  table.columns = {"Model",         "Images",        "Clean",        "Robust (worst case)",
                   "95 % interval", "Weakest class", "Its robust",   "Worst tenth mean",
                   "NSD",           "W-Robust",      "Kappa, robust"};
  for (const AuditedModel& model : result.models) {
    const ClassMetrics& worst = model.worstMetrics;
    table.rows.push_back({model.name, std::to_string(worst.overall.n),
                          percentText(model.cleanMetrics.overall.value), percentText(worst.overall.value),
                          intervalText(worst.overall),
                          worst.worstClass ? model.classes[static_cast<std::size_t>(*worst.worstClass)] : "–",
                          percentText(worst.worstAccuracy), percentText(worst.worstGroup),
                          numberText(worst.nsd, 3), percentText(model.wRobust), numberText(worst.kappa, 3)});
  }
  return table;
}

report::HtmlTable perAttack(const AuditedModel& model) {
  report::HtmlTable table;
  table.caption = "Each attack alone, and the worst case over all";
  table.columns = {"Attack",       "Right", "Accuracy",       "95 % interval",  "Weakest class",
                   "Its accuracy", "NSD",   "Forward passes", "Backward passes"};
  const auto row = [&](const std::string& name, const ClassMetrics& metrics, const std::string& forwards,
                       const std::string& backwards) {
    table.rows.push_back(
        {name, std::to_string(metrics.overall.correct) + " of " + std::to_string(metrics.overall.n),
         percentText(metrics.overall.value), intervalText(metrics.overall),
         metrics.worstClass ? model.classes[static_cast<std::size_t>(*metrics.worstClass)] : "–",
         percentText(metrics.worstAccuracy), numberText(metrics.nsd, 3), forwards, backwards});
  };
  row("none (clean)", model.cleanMetrics, std::to_string(model.truth.size()), "0");
  for (const AuditedAttack& attack : model.attacks)
    row(attack.attack, attack.metrics, std::to_string(attack.forwards), std::to_string(attack.backwards));
  row("worst case", model.worstMetrics, "", "");
  return table;
}

report::HtmlTable perClass(const AuditedModel& model) {
  report::HtmlTable table;
  table.caption = "Every class";
  table.columns = {"Class", "Images", "Clean", "95 % interval", "Robust (worst case)", "95 % interval"};
  for (std::size_t c = 0; c < model.classes.size(); ++c) {
    const Rate& clean = model.cleanMetrics.perClass[c];
    const Rate& worst = model.worstMetrics.perClass[c];
    table.rows.push_back({model.classes[c], std::to_string(clean.n), percentText(clean.value),
                          intervalText(clean), percentText(worst.value), intervalText(worst)});
  }
  return table;
}

report::BarChart classBars(const AuditedModel& model) {
  report::BarChart chart;
  chart.title = "Accuracy per class: " + model.name;
  chart.description =
      "For every class the share of images classified correctly, unchanged and in the worst case over "
      "all attacks, with 95 % intervals.";
  chart.axis = {"accuracy", true, 0.0, 1.0};
  report::BarChart::Series clean{"clean", {}, {}};
  report::BarChart::Series worst{"worst case", {}, {}};
  for (std::size_t c = 0; c < model.classes.size(); ++c) {
    chart.categories.push_back(model.classes[c]);
    const auto add = [](report::BarChart::Series& series, const Rate& rate) {
      series.values.push_back(rate.value);
      series.intervals.emplace_back(rate.n == 0 ? std::nan("") : rate.low,
                                    rate.n == 0 ? std::nan("") : rate.high);
    };
    add(clean, model.cleanMetrics.perClass[c]);
    add(worst, model.worstMetrics.perClass[c]);
  }
  chart.series = {std::move(clean), std::move(worst)};
  return chart;
}

report::HeatMap confusion(const AuditedModel& model, const ClassMetrics& metrics, const std::string& title) {
  report::HeatMap map;
  map.title = title;
  map.description = "Row: true class. Column: the model's answer. Shares of the row.";
  map.rowLabel = "true class";
  map.columnLabel = "answer";
  map.rows = map.columns = model.classes;
  for (int t = 0; t < metrics.confusion.classes; ++t) {
    const auto n = static_cast<double>(metrics.perClass[static_cast<std::size_t>(t)].n);
    std::vector<double> row;
    for (int p = 0; p < metrics.confusion.classes; ++p)
      row.push_back(n == 0 ? std::nan("") : static_cast<double>(metrics.confusion.at(t, p)) / n);
    map.values.push_back(std::move(row));
  }
  return map;
}

void addCurves(report::HtmlPage& page, const AuditResult& result) {
  report::LineChart chart;
  chart.title = "Accuracy by size of the change";
  chart.description =
      "Share of images classified correctly under one attack as the largest allowed change grows.";
  chart.xLabel = "largest change (" + result.norm + "), share of the pixel range";
  chart.axis = {"accuracy", true, 0.0, 1.0};
  for (const AuditedModel& model : result.models) {
    if (model.curve.empty()) continue;
    report::LineChart::Series series;
    series.name = model.name + " (" + model.curveAttack + ")";
    series.points.push_back({0, model.cleanMetrics.overall.value,
                             std::pair(model.cleanMetrics.overall.low, model.cleanMetrics.overall.high)});
    for (const CurvePoint& point : model.curve)
      if (point.epsilon > 0)
        series.points.push_back(
            {point.epsilon, point.accuracy.value, std::pair(point.accuracy.low, point.accuracy.high)});
    chart.series.push_back(std::move(series));
  }
  if (chart.series.empty()) return;
  page.section("Security curve");
  page.chart(chart);
}

void addPictures(report::HtmlPage& page, const AuditedModel& model, const PictureSource& source) {
  if (!source) return;
  std::vector<report::Picture> pictures;
  for (std::size_t i = 0; i < model.truth.size() && pictures.size() < kPicturesPerModel; ++i) {
    if (model.clean[i] != model.truth[i] || model.worst[i] == model.truth[i]) continue;
    if (model.worstMetrics.worstClass && model.truth[i] != *model.worstMetrics.worstClass) continue;
    report::Picture picture = source(model.sampleIds[i]);
    if (picture.dataUri.empty()) continue;
    picture.caption = model.sampleIds[i] + ": right when unchanged, '" +
                      model.classes[static_cast<std::size_t>(model.worst[i])] + "' under attack";
    pictures.push_back(std::move(picture));
  }
  if (pictures.empty()) return;
  page.pictures("Images behind the weakest class ('" +
                    model.classes[static_cast<std::size_t>(model.worstMetrics.worstClass.value_or(0))] +
                    "'), unchanged, at most " + std::to_string(kPicturesPerModel),
                pictures);
}

void addComparisons(report::HtmlPage& page, const std::vector<ModelComparison>& comparisons) {
  if (comparisons.empty()) return;
  page.section("Differences between models");
  page.paragraph(
      "Second minus first model on the same images, worst case over attacks. Images were drawn anew with "
      "replacement to "
      "get the intervals; one that does not contain 0 is unlikely to come from the choice of images alone.");
  report::HtmlTable table;
  table.columns = {"Models", "Measure", "Difference", "95 % interval"};
  for (const ModelComparison& comparison : comparisons)
    table.rows.push_back({comparison.second + " minus " + comparison.first, comparison.statistic,
                          numberText(100 * comparison.difference.value, 1) + " points",
                          numberText(100 * comparison.difference.low, 1) + " to " +
                              numberText(100 * comparison.difference.high, 1)});
  page.table(table);
}

void addSettings(report::HtmlPage& page, const AuditResult& result) {
  page.section("How it was measured");
  report::HtmlTable table;
  table.alignRight = false;
  table.columns = {"What", "Value"};
  table.rows = {{"Dataset", result.datasetName},
                {"Dataset fingerprint", result.fingerprint},
                {"Largest change", budgetText(result) + " (" + result.norm + ")"},
                {"Seed", std::to_string(result.seed)}};
  for (const AuditedModel& model : result.models) {
    table.rows.push_back(
        {"Model '" + model.name + "'",
         model.arch + ", input " + std::to_string(model.inputSize) + " pixels, weights " + model.sha256});
  }
  page.table(table);
  if (result.models.empty()) return;
  report::HtmlTable attacks;
  attacks.caption = "Settings of the attacks";
  attacks.alignRight = false;
  attacks.columns = {"Attack", "Settings"};
  for (const AuditedAttack& attack : result.models.front().attacks)
    attacks.rows.push_back({attack.attack, attack.params.dump()});
  page.table(attacks);
}

}  // namespace

std::string auditPage(const AuditResult& result, const PictureSource& pictures) {
  report::HtmlPage page(
      "Robustness audit of " + result.datasetName,
      "How often models still answer correctly when images are changed on purpose, class by class.");
  page.section("In plain words");
  for (const std::string& line : plainWords(result)) page.paragraph(line);
  if (!result.requirements.empty()) {
    page.section("Conditions");
    report::HtmlTable table;
    table.columns = {"Condition", "Model", "Value", "Met"};
    for (const RequirementResult& requirement : result.requirements)
      table.rows.push_back({requirement.text, requirement.model, numberText(requirement.value, 4),
                            requirement.met ? "yes" : "NO"});
    page.table(table);
  }
  page.section("Result");
  page.table(overview(result));
  if (!result.flags.empty()) {
    page.section("Warnings");
    for (const AuditFlag& flag : result.flags)
      page.notice((flag.model.empty() ? "" : flag.model + ": ") + flag.message + " (" + flag.id + ")");
  }
  addCurves(page, result);
  for (const AuditedModel& model : result.models) {
    page.section("Model " + model.name);
    page.chart(classBars(model));
    page.table(perClass(model));
    page.table(perAttack(model));
    if (model.classes.size() > 2 && model.referableFrom < static_cast<int>(model.classes.size()))
      page.paragraph(
          "Classes from '" + model.classes[static_cast<std::size_t>(model.referableFrom)] +
          "' on counted as referable: sensitivity " + percentText(model.cleanMetrics.referableSensitivity) +
          " clean, " + percentText(model.worstMetrics.referableSensitivity) +
          " in the worst case; specificity " + percentText(model.cleanMetrics.referableSpecificity) +
          " clean, " + percentText(model.worstMetrics.referableSpecificity) + " in the worst case.");
    page.chart(confusion(model, model.cleanMetrics, "Answers on unchanged images"));
    page.chart(confusion(model, model.worstMetrics, "Answers in the worst case over attacks"));
    addPictures(page, model, pictures);
  }
  addComparisons(page, result.comparisons);
  addSettings(page, result);
  return page.finish();
}

std::string comparisonPage(const std::vector<AuditResult>& audits,
                           const std::vector<ModelComparison>& comparisons) {
  report::HtmlPage page("Comparison of robustness audits", "Several audits side by side.");
  page.section("Result");
  report::HtmlTable table;
  table.columns = {"Audit and model", "Dataset",  "Budget",        "Attacks",    "Images", "Clean",
                   "Robust",          "Interval", "Weakest class", "Its robust", "NSD",    "W-Robust"};
  report::BarChart chart;
  chart.title = "Accuracy, unchanged and in the worst case";
  chart.description = "One group of bars for each model of each audit.";
  chart.axis = {"accuracy", true, 0.0, 1.0};
  report::BarChart::Series clean{"clean", {}, {}};
  report::BarChart::Series robust{"worst case", {}, {}};
  report::BarChart::Series weakest{"weakest class, worst case", {}, {}};
  for (std::size_t a = 0; a < audits.size(); ++a)
    for (const AuditedModel& model : audits[a].models) {
      const std::string name = std::to_string(a + 1) + ": " + model.name;
      const ClassMetrics& worst = model.worstMetrics;
      std::string attacks;
      for (const AuditedAttack& attack : model.attacks)
        attacks += (attacks.empty() ? "" : ", ") + attack.attack;
      table.rows.push_back(
          {name, audits[a].datasetName, budgetText(audits[a]) + " " + audits[a].norm, attacks,
           std::to_string(worst.overall.n), percentText(model.cleanMetrics.overall.value),
           percentText(worst.overall.value), intervalText(worst.overall),
           worst.worstClass ? model.classes[static_cast<std::size_t>(*worst.worstClass)] : "–",
           percentText(worst.worstAccuracy), numberText(worst.nsd, 3), percentText(model.wRobust)});
      chart.categories.push_back(name);
      const auto add = [](report::BarChart::Series& series, const Rate& rate) {
        series.values.push_back(rate.value);
        series.intervals.emplace_back(rate.low, rate.high);
      };
      add(clean, model.cleanMetrics.overall);
      add(robust, worst.overall);
      add(weakest,
          worst.worstClass ? worst.perClass[static_cast<std::size_t>(*worst.worstClass)] : makeRate(0, 0));
    }
  chart.series = {std::move(clean), std::move(robust), std::move(weakest)};
  page.table(table);
  page.chart(chart);
  page.notice(
      "Audits are comparable only where dataset, budget, norm and attacks are the same. Numbers under fewer "
      "or weaker "
      "attacks look better.");
  addComparisons(page, comparisons);
  return page.finish();
}

}  // namespace medlocker::audit
