// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/evaluation_html.h"

#include "core/audit/report/html_page.h"
#include "core/audit/report/html_text.h"
#include "core/common/run_record.h"

namespace medlocker::pipelines {
namespace {

namespace report = audit::report;
using report::numberText;
using report::percentText;

std::string withInterval(const audit::RatedValue& rate) {
  return percentText(rate.value) + " [" + percentText(rate.low) + ", " + percentText(rate.high) + "]";
}

struct Version {
  const char* name;
  const audit::ModelMetrics* metrics;
};

std::vector<Version> versionsOf(const EvaluatedModel& model) {
  std::vector<Version> out{
      {"clean", &model.clean}, {"protected", &model.protectedImages}, {"random place", &model.random}};
  if (model.restored) out.push_back({"restored", &*model.restored});
  std::erase_if(out, [](const Version& version) { return version.metrics->samples == 0; });
  return out;
}

void addAccuracy(report::HtmlPage& page, const EvaluateDatasetSummary& summary) {
  page.section("Accuracy");
  page.paragraph(
      "Balanced accuracy and kappa stand next to accuracy because most images of a screening set have grade "
      "0. Intervals "
      "are 95 % by bootstrap over images.");
  report::BarChart chart;
  chart.title = "Accuracy of every model";
  chart.description = "On the originals, the protected images and images with the logo at a random place.";
  chart.axis.label = "accuracy";
  chart.axis.minimum = 0;
  chart.axis.maximum = 1;
  std::vector<const char*> names{"clean", "protected", "random place", "restored"};
  for (const EvaluatedModel& model : summary.models)
    chart.categories.push_back(model.name + " (" + model.role + ")");
  for (const char* name : names) {
    report::BarChart::Series series;
    series.name = name;
    for (const EvaluatedModel& model : summary.models)
      for (const Version& version : versionsOf(model))
        if (std::string(version.name) == name) {
          series.values.push_back(version.metrics->accuracy.value);
          series.intervals.emplace_back(version.metrics->accuracy.low, version.metrics->accuracy.high);
        }
    if (series.values.size() == summary.models.size()) chart.series.push_back(std::move(series));
  }
  page.chart(chart);

  report::HtmlTable table;
  table.caption = "All figures";
  table.columns = {"model",    "role",        "version",     "images",  "accuracy",  "balanced",    "kappa",
                   "macro F1", "sensitivity", "specificity", "P(true)", "|Δ grade|", "fooled (ASR)"};
  for (const EvaluatedModel& model : summary.models)
    for (const Version& version : versionsOf(model)) {
      const audit::ModelMetrics& m = *version.metrics;
      const bool isClean = version.metrics == &model.clean;
      table.rows.push_back(
          {model.name, model.role, version.name, std::to_string(m.samples), withInterval(m.accuracy),
           withInterval(m.balancedAccuracy),
           numberText(m.kappa.value, 2) + " [" + numberText(m.kappa.low, 2) + ", " +
               numberText(m.kappa.high, 2) + "]",
           numberText(m.macroF1, 2), percentText(m.referableSensitivity), percentText(m.referableSpecificity),
           numberText(m.meanTrueProbability, 2), numberText(m.meanAbsGradeShift, 2),
           isClean || m.asrBase == 0 ? "–" : withInterval(m.asr) + " of " + std::to_string(m.asrBase)});
    }
  page.table(table);

  report::HtmlTable tests;
  tests.caption = "Protected against random place: exact McNemar test on right and wrong per image";
  tests.columns = {"model", "p"};
  for (const EvaluatedModel& model : summary.models)
    if (model.random.samples > 0) tests.rows.push_back({model.name, report::pValueText(model.mcnemarP)});
  if (!tests.rows.empty()) page.table(tests);
}

void addTransfer(report::HtmlPage& page, const EvaluateDatasetSummary& summary) {
  page.section("Transfer");
  page.paragraph(
      "Rows: what the images were protected against. A model that took part in the search is a white box "
      "there; what "
      "counts for the rest of the world are the others.");
  report::HeatMap accuracy;
  accuracy.title = "Accuracy after protection";
  accuracy.description = "Darker is lower, which is what the owner wants.";
  accuracy.rowLabel = "protected against";
  accuracy.columnLabel = "seen by";
  report::HeatMap asr = accuracy;
  asr.title = "Share of right answers that turned wrong (ASR)";
  asr.description = "Lighter is higher, which is what the owner wants.";
  for (const EvaluatedModel& model : summary.models) accuracy.columns.push_back(model.name);
  asr.columns = accuracy.columns;
  report::HtmlTable blackBox;
  blackBox.caption = "Models outside the search: accuracy";
  blackBox.columns = {"protected against", "mean", "worst for the owner"};
  for (const TransferMatrixRow& row : summary.transfer) {
    std::vector<double> a;
    std::vector<double> b;
    for (const TransferMatrixRow::Cell& cell : row.cells) {
      a.push_back(cell.accuracy.value);
      b.push_back(cell.asr.value);
    }
    accuracy.rows.push_back(row.source);
    accuracy.values.push_back(a);
    if (row.source != "none") {
      asr.rows.push_back(row.source);
      asr.values.push_back(b);
    }
    blackBox.rows.push_back({row.source, percentText(row.blackBoxMean), percentText(row.blackBoxWorst)});
  }
  page.chart(accuracy);
  page.chart(asr);
  page.table(blackBox);
}

void addRobustness(report::HtmlPage& page, const EvaluateDatasetSummary& summary) {
  if (summary.robustness.empty()) return;
  page.section("Robustness to preprocessing");
  page.paragraph(
      "Every version went through the change before the model saw it. Blur and median are in pixels of the "
      "file.");
  report::HeatMap map;
  map.title = "Accuracy on protected images after a change";
  map.description = "Each row is one change; the first row has none.";
  map.rowLabel = "change";
  map.columnLabel = "model";
  for (const EvaluatedModel& model : summary.models) map.columns.push_back(model.name);
  report::HtmlTable table;
  table.caption = "Accuracy clean / protected / random place";
  table.columns = {"change"};
  for (const EvaluatedModel& model : summary.models) table.columns.push_back(model.name);
  for (const RobustnessRow& row : summary.robustness) {
    map.rows.push_back(row.name);
    map.values.emplace_back();
    std::vector<std::string> cells{row.name};
    for (const RobustnessRow::Cell& cell : row.cells) {
      map.values.back().push_back(cell.protectedImages);
      cells.push_back(percentText(cell.clean) + " / " + percentText(cell.protectedImages) + " / " +
                      percentText(cell.random));
    }
    table.rows.push_back(std::move(cells));
  }
  page.chart(map);
  page.table(table);
}

void addVisibility(report::HtmlPage& page, const EvaluateDatasetSummary& summary) {
  page.section("What is seen of it");
  const VisibilitySummary& v = summary.visibility;
  page.list({"Lesion pixels covered: " + std::to_string(v.lesionOverlapPixels) + " (measured from the files)",
             "Largest sample change outside the logo: " + std::to_string(v.outsideMaxAbsDiff),
             "Share of the field of view whose samples changed: " + percentText(v.changedFov)});
  report::HtmlTable table;
  table.caption = "Over the images";
  table.columns = {"value", "images", "mean", "median", "5 %", "95 %"};
  for (const Distribution& d : v.distributions) {
    const bool share = d.name == "covered_fov" || d.name == "mean_opacity";
    const auto text = [&](double value) {
      return share ? percentText(value) : numberText(value, d.name == "psnr" ? 1 : 4);
    };
    table.rows.push_back(
        {d.name, std::to_string(d.images), text(d.mean), text(d.median), text(d.low), text(d.high)});
  }
  page.table(table);
}

void addAuthorisedPath(report::HtmlPage& page, const EvaluateDatasetSummary& summary) {
  if (summary.restoredCompared == 0) return;
  page.section("Authorised path");
  page.paragraph(
      "Restored images with exactly the original's samples: " + std::to_string(summary.restoredIdentical) +
      " of " + std::to_string(summary.restoredCompared) + ".");
  report::HtmlTable table;
  table.caption = "Raw model outputs on restored images, equal to those on originals bit for bit";
  table.columns = {"model", "equal", "of"};
  for (const EvaluatedModel& model : summary.models)
    table.rows.push_back({model.name, std::to_string(model.restoredOutputsEqual),
                          std::to_string(model.restoredOutputsCompared)});
  page.table(table);
}

}  // namespace

std::string evaluationHtml(const EvaluateDatasetOptions& options, const EvaluateDatasetSummary& summary) {
  report::HtmlPage page("What the watermark did", std::to_string(summary.pairs) + " image pairs, labels " +
                                                      summary.labelOrigin + ", MedLocker " + kVersion + ", " +
                                                      utcNow());
  page.notice(kLimitsText);
  if (!summary.examples.empty()) {
    page.section("Examples");
    page.pictureLegend();
    for (const std::string& example : summary.examples) page.html(example);
  }
  addAccuracy(page, summary);
  addTransfer(page, summary);
  addRobustness(page, summary);
  addVisibility(page, summary);
  addAuthorisedPath(page, summary);

  page.section("Images that need a look");
  report::HtmlTable counts;
  counts.caption = "Images by status";
  counts.columns = {"status", "images"};
  for (const auto& [status, count] : summary.statusCounts)
    counts.rows.push_back({status, std::to_string(count)});
  page.table(counts);
  report::HtmlTable listed;
  listed.alignRight = false;
  listed.columns = {"image", "status", "reason"};
  for (const ListedItem& item : summary.listed) listed.rows.push_back({item.id, item.status, item.reason});
  if (!listed.rows.empty()) page.table(listed);

  page.section("Settings");
  report::HtmlTable models;
  models.alignRight = false;
  models.caption = "Models";
  models.columns = {"name", "architecture", "role", "labels", "weights SHA-256"};
  for (const EvaluatedModel& model : summary.models)
    models.rows.push_back({model.name, model.arch, model.role, model.labelOrigin, model.sha256});
  page.table(models);
  page.list({"seed " + std::to_string(options.seed),
             std::to_string(options.bootstrapResamples) + " bootstrap resamples",
             std::to_string(options.randomDraws) + " random places per image",
             "run time " + numberText(summary.seconds, 0) + " s"});
  page.list(summary.notices);
  std::vector<std::string> issues;
  for (const ItemIssue& issue : summary.issues) issues.push_back(issue.item + ": " + issue.reason);
  page.list(issues);
  return page.finish();
}

}  // namespace medlocker::pipelines
