// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/stress_report.h"

#include <algorithm>
#include <cmath>

#include "core/audit/report/html_page.h"
#include "core/audit/report/html_text.h"
#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/pipelines/evaluation_html.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace report = audit::report;
using report::csvField;
using report::csvNumber;
using report::percentText;

constexpr const char* kExplanation =
    "Recovered share: how much of the accuracy that protection took away comes back, "
    "(attacked − protected)/(clean − protected). 1 means that the attack undoes the protection. Values near "
    "1 for "
    "inpainting are expected, because lesions stay visible by design.";

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json rated(const audit::RatedValue& rate) {
  return {{"value", number(rate.value)}, {"ci_low", number(rate.low)}, {"ci_high", number(rate.high)}};
}

std::string csvOf(const StressProtectionSummary& summary) {
  std::string text =
      "model,role,labels,attack,adversary,images,clean,protected,attacked,attacked_ci_low,attacked_ci_high,"
      "recovered_share,note\n";
  for (const StressedModel& model : summary.models)
    for (const StressResult& r : model.results)
      text += csvField(model.name) + "," + model.role + "," + model.labelOrigin + "," + r.attack + "," +
              r.adversary + "," + std::to_string(r.images) + "," + csvNumber(r.clean.value) + "," +
              csvNumber(r.protectedImages.value) + "," + csvNumber(r.attacked.value) + "," +
              csvNumber(r.attacked.low) + "," + csvNumber(r.attacked.high) + "," + csvNumber(r.recovered) +
              "," + csvField(r.note) + "\n";
  return text;
}

std::string htmlOf(const StressProtectionOptions& options, const StressProtectionSummary& summary) {
  report::HtmlPage page("Removal stress test", std::to_string(summary.images) + " images of run " +
                                                   summary.runId + ", MedLocker " + kVersion + ", " +
                                                   utcNow());
  page.notice(kLimitsText);
  page.paragraph(kExplanation);
  if (!summary.examples.empty()) {
    page.section("Examples");
    for (const std::string& example : summary.examples) page.html(example);
  }
  page.section("Recovered share");
  report::HeatMap map;
  map.title = "Recovered share of the lost accuracy";
  map.description =
      "0: the protection holds; 1: the attack undoes it. An empty cell: protection cost the model nothing.";
  map.rowLabel = "attack";
  map.columnLabel = "model";
  report::BarChart bars;
  bars.title = "Accuracy after each attack";
  bars.description = "With 95 % intervals by bootstrap over images.";
  bars.axis.label = "accuracy";
  bars.axis.minimum = 0;
  bars.axis.maximum = 1;
  bars.categories = {"clean", "protected"};
  std::vector<std::string> attacks;
  for (const StressedModel& model : summary.models) {
    map.columns.push_back(model.name);
    for (const StressResult& r : model.results)
      if (std::find(attacks.begin(), attacks.end(), r.attack) == attacks.end()) attacks.push_back(r.attack);
  }
  bars.categories.insert(bars.categories.end(), attacks.begin(), attacks.end());
  map.rows = attacks;
  map.values.assign(attacks.size(), std::vector<double>(summary.models.size(), std::nan("")));
  report::HtmlTable table;
  table.caption = "All figures";
  table.columns = {"attack",    "adversary", "model",     "images", "clean",
                   "protected", "attacked",  "recovered", "note"};
  for (std::size_t m = 0; m < summary.models.size(); ++m) {
    const StressedModel& model = summary.models[m];
    report::BarChart::Series series;
    series.name = model.name + " (" + model.role + ")";
    series.values.assign(bars.categories.size(), std::nan(""));
    series.intervals.assign(bars.categories.size(), {std::nan(""), std::nan("")});
    const auto set = [&](std::size_t at, const audit::RatedValue& value) {
      series.values[at] = value.value;
      series.intervals[at] = {value.low, value.high};
    };
    for (const StressResult& r : model.results) {
      const auto at =
          static_cast<std::size_t>(std::find(attacks.begin(), attacks.end(), r.attack) - attacks.begin());
      map.values[at][m] = r.recovered;
      set(at + 2, r.attacked);
      if (r.attack != "fine-tune") {
        set(0, r.clean);
        set(1, r.protectedImages);
      }
      table.rows.push_back({r.attack, r.adversary, model.name, std::to_string(r.images),
                            percentText(r.clean.value), percentText(r.protectedImages.value),
                            percentText(r.attacked.value) + " [" + percentText(r.attacked.low) + ", " +
                                percentText(r.attacked.high) + "]",
                            percentText(r.recovered, 0), r.note});
    }
    bars.series.push_back(std::move(series));
  }
  page.chart(map);
  page.chart(bars);
  page.table(table);
  page.section("Settings");
  page.list({"The clean logo file alone led to the true place in " + percentText(summary.locatedShare) +
                 " of the images",
             "seed " + std::to_string(options.seed),
             std::to_string(options.bootstrapResamples) + " bootstrap resamples",
             "run time " + report::numberText(summary.seconds, 0) + " s"});
  page.list(summary.notices);
  std::vector<std::string> issues;
  for (const ItemIssue& issue : summary.issues) issues.push_back(issue.item + ": " + issue.reason);
  page.list(issues);
  return page.finish();
}

}  // namespace

Json StressProtectionSummary::toJson() const {
  Json list = Json::array();
  for (const StressedModel& model : models) {
    Json results = Json::array();
    for (const StressResult& r : model.results)
      results.push_back({{"attack", r.attack},
                         {"adversary", r.adversary},
                         {"images", r.images},
                         {"clean", rated(r.clean)},
                         {"protected", rated(r.protectedImages)},
                         {"attacked", rated(r.attacked)},
                         {"recovered_share", number(r.recovered)},
                         {"note", r.note}});
    list.push_back({{"name", model.name},
                    {"sha256", model.sha256},
                    {"role", model.role},
                    {"label_origin", model.labelOrigin},
                    {"results", results}});
  }
  Json problems = Json::array();
  for (const ItemIssue& issue : issues) problems.push_back({{"item", issue.item}, {"reason", issue.reason}});
  return {{"schema", "medlocker/stress/1"},
          {"outcome", outcomeName(outcome)},
          {"run_id", runId},
          {"images", images},
          {"models", list},
          {"located_share", number(locatedShare)},
          {"limits", kLimitsText},
          {"issues", problems},
          {"notices", notices},
          {"seconds", seconds}};
}

std::string StressProtectionSummary::briefReport() const {
  std::string text = std::to_string(images) + " images attacked.";
  for (const StressedModel& model : models) {
    text += "\n" + model.name + " (" + model.role + ")";
    if (!model.results.empty())
      text += ": clean " + percentText(model.results.front().clean.value) + ", protected " +
              percentText(model.results.front().protectedImages.value);
    for (const StressResult& r : model.results) {
      std::string name = r.attack + " (" + r.adversary + ")";
      name.resize(std::max<std::size_t>(name.size(), 34), ' ');
      text += "\n  " + name + percentText(r.attacked.value) + "   recovered " + percentText(r.recovered, 0);
    }
  }
  text += "\nRecovered: share of the lost accuracy that comes back; near 100 % for inpainting is expected.\n";
  text += kLimitsText;
  for (const std::string& notice : notices) text += "\nNote: " + notice;
  for (const ItemIssue& issue : issues) text += "\n  " + issue.item + ": " + issue.reason;
  return text;
}

void writeStress(const fs::path& folder, const StressProtectionOptions& options,
                 const StressProtectionSummary& summary) {
  fs::create_directories(folder);
  writeFileAtomically(folder / "stress.json", summary.toJson().dump(2) + "\n");
  writeFileAtomically(folder / "stress.csv", csvOf(summary));
  writeFileAtomically(folder / "report.html", htmlOf(options, summary));
  Json models = Json::array();
  for (const fs::path& model : options.models) models.push_back(model.string());
  writeRunJson(folder, {{"command", "stress"},
                        {"options",
                         {{"protected", options.run.string()},
                          {"models", models},
                          {"limit", options.limit},
                          {"fine_tune", options.fineTune},
                          {"fine_tune_share", options.fineTuneShare},
                          {"fine_tune_epochs", options.fineTuneEpochs},
                          {"bootstrap", options.bootstrapResamples}}},
                        {"seed", options.seed},
                        {"outcome", "completed"},
                        {"counts", {{"images", summary.images}, {"issues", summary.issues.size()}}},
                        {"seconds", summary.seconds},
                        {"finished_utc", utcNow()}});
}

}  // namespace medlocker::pipelines
