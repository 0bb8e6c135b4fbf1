// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/protection_charts.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

/// ProtectionChartTexts of this file, for the translators.
class ProtectionChartTexts {
  Q_DECLARE_TR_FUNCTIONS(ProtectionCharts)
};

QString nameOf(const pipelines::EvaluatedModel& model) {
  return (model.role == "source" ? ProtectionChartTexts::tr("%1 (known to the search)")
                                 : ProtectionChartTexts::tr("%1 (unknown to it)"))
      .arg(QString::fromStdString(model.name));
}

QString rated(const audit::RatedValue& value) {
  return percentText(value.value) + QStringLiteral(" (") + percentText(value.low) + QStringLiteral(" – ") +
         percentText(value.high) + QLatin1Char(')');
}

}  // namespace

CategoryChart accuracyChart(const pipelines::ProtectDatasetSummary& run) {
  CategoryChart chart;
  chart.percent = true;
  chart.valueTitle = ProtectionChartTexts::tr("Accuracy");
  CategorySeries before{ProtectionChartTexts::tr("Original"), {}, {}, {}};
  CategorySeries after{ProtectionChartTexts::tr("Protected"), {}, {}, {}};
  for (std::size_t i = 0; i < run.sourceModels.size(); ++i) {
    chart.categories << QString::fromStdString(run.sourceModels[i]);
    before.values.push_back(i < run.accuracyBefore.size() ? run.accuracyBefore[i] : std::nan(""));
    after.values.push_back(i < run.accuracyAfter.size() ? run.accuracyAfter[i] : std::nan(""));
  }
  chart.series = {std::move(before), std::move(after)};
  return chart;
}

HeatMap transferMap(const pipelines::EvaluateDatasetSummary& evaluation) {
  HeatMap map;
  map.title = ProtectionChartTexts::tr("Which models are misled");
  map.columns = {ProtectionChartTexts::tr("Right: originals"),
                 ProtectionChartTexts::tr("Right: random place"),
                 ProtectionChartTexts::tr("Right: protected"), ProtectionChartTexts::tr("Misled")};
  for (const pipelines::EvaluatedModel& model : evaluation.models) {
    map.rows << nameOf(model);
    map.values.push_back({model.clean.accuracy.value, model.random.accuracy.value,
                          model.protectedImages.accuracy.value, model.protectedImages.asr.value});
  }
  return map;
}

ChartTable transferTable(const pipelines::EvaluateDatasetSummary& evaluation) {
  ChartTable table;
  table.header = {ProtectionChartTexts::tr("Model"),
                  ProtectionChartTexts::tr("Right: originals"),
                  ProtectionChartTexts::tr("Right: random place"),
                  ProtectionChartTexts::tr("Right: protected"),
                  ProtectionChartTexts::tr("Misled"),
                  ProtectionChartTexts::tr("p, against random")};
  for (const pipelines::EvaluatedModel& model : evaluation.models)
    table.rows.push_back({nameOf(model), rated(model.clean.accuracy), rated(model.random.accuracy),
                          rated(model.protectedImages.accuracy), rated(model.protectedImages.asr),
                          QLocale().toString(model.mcnemarP, 'g', 2)});
  return table;
}

HeatMap removalMap(const pipelines::StressProtectionSummary& stress) {
  HeatMap map;
  map.title = ProtectionChartTexts::tr("Accuracy after attempts to remove the logo");
  if (stress.models.empty()) return map;
  map.rows << ProtectionChartTexts::tr("Original") << ProtectionChartTexts::tr("Protected");
  for (const pipelines::StressResult& result : stress.models.front().results)
    map.rows << QString::fromStdString(result.attack);
  map.values.assign(static_cast<std::size_t>(map.rows.size()), {});
  for (const pipelines::StressedModel& model : stress.models) {
    map.columns << QString::fromStdString(model.name);
    const bool any = !model.results.empty();
    map.values[0].push_back(any ? model.results.front().clean.value : std::nan(""));
    map.values[1].push_back(any ? model.results.front().protectedImages.value : std::nan(""));
    // Rows are those of the first model; another one is looked up by the attack's name.
    for (int row = 2; row < map.rows.size(); ++row) {
      double value = std::nan("");
      for (const pipelines::StressResult& result : model.results)
        if (QString::fromStdString(result.attack) == map.rows[row]) value = result.attacked.value;
      map.values[static_cast<std::size_t>(row)].push_back(value);
    }
  }
  return map;
}

}  // namespace medlocker::ui
