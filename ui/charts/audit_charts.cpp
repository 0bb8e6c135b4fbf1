// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/audit_charts.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

#include "ui/services/text.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

/// AuditChartTexts of this file, for the translators.
class AuditChartTexts {
  Q_DECLARE_TR_FUNCTIONS(AuditCharts)
};

QStringList texts(const std::vector<std::string>& values) {
  QStringList list;
  for (const std::string& value : values) list << text(value);
  return list;
}

void add(CategorySeries& series, const audit::Rate& rate) {
  const bool known = rate.n > 0;
  series.values.push_back(known ? rate.value : std::nan(""));
  series.low.push_back(known ? rate.low : std::nan(""));
  series.high.push_back(known ? rate.high : std::nan(""));
}

QString interval(const audit::Rate& rate) {
  return rate.n == 0 ? QStringLiteral("–")
                     : percentText(rate.low) + QStringLiteral(" – ") + percentText(rate.high);
}

QString share(const audit::Rate& rate) {
  return rate.n == 0 ? QStringLiteral("–") : percentText(rate.value);
}

QString decimal(double value) {
  return std::isfinite(value) ? QLocale().toString(value, 'f', 3) : QStringLiteral("–");
}

QString worstName(const audit::AuditedModel& model, const audit::ClassMetrics& metrics) {
  return metrics.worstClass ? text(model.classes.at(static_cast<std::size_t>(*metrics.worstClass)))
                            : QStringLiteral("–");
}

}  // namespace

QString viewName(const audit::AuditedModel& model, int view) {
  if (view == kCleanView) return AuditChartTexts::tr("Unchanged");
  if (view == kWorstView) return AuditChartTexts::tr("Worst case");
  return text(model.attacks.at(static_cast<std::size_t>(view)).attack);
}

const audit::ClassMetrics& metricsOf(const audit::AuditedModel& model, int view) {
  if (view == kCleanView) return model.cleanMetrics;
  if (view == kWorstView) return model.worstMetrics;
  return model.attacks.at(static_cast<std::size_t>(view)).metrics;
}

const std::vector<int>& answersOf(const audit::AuditedModel& model, int view) {
  if (view == kCleanView) return model.clean;
  if (view == kWorstView) return model.worst;
  return model.attacks.at(static_cast<std::size_t>(view)).predicted;
}

std::vector<int> viewsOf(const audit::AuditedModel& model) {
  std::vector<int> views{kCleanView};
  for (std::size_t i = 0; i < model.attacks.size(); ++i) views.push_back(static_cast<int>(i));
  views.push_back(kWorstView);
  return views;
}

CategoryChart classChart(const audit::AuditedModel& model, const std::vector<int>& views) {
  CategoryChart chart;
  chart.valueTitle = AuditChartTexts::tr("Accuracy");
  chart.percent = true;
  chart.categories = texts(model.classes);
  chart.marked = model.worstMetrics.worstClass.value_or(-1);
  for (const int view : views) {
    CategorySeries series{viewName(model, view), {}, {}, {}};
    for (const audit::Rate& rate : metricsOf(model, view).perClass) add(series, rate);
    chart.series.push_back(std::move(series));
  }
  return chart;
}

CategoryChart modelsChart(const audit::AuditResult& result) {
  CategoryChart chart;
  chart.valueTitle = AuditChartTexts::tr("Robust accuracy (worst case)");
  chart.percent = true;
  if (result.models.empty()) return chart;
  for (const audit::AuditedModel& model : result.models)
    if (model.classes != result.models.front().classes) return chart;
  chart.categories = texts(result.models.front().classes);
  for (const audit::AuditedModel& model : result.models) {
    CategorySeries series{text(model.name), {}, {}, {}};
    for (const audit::Rate& rate : model.worstMetrics.perClass) add(series, rate);
    chart.series.push_back(std::move(series));
  }
  if (result.models.size() == 1) chart.marked = result.models.front().worstMetrics.worstClass.value_or(-1);
  return chart;
}

CategoryChart overviewChart(const audit::AuditResult& result) {
  CategoryChart chart;
  chart.valueTitle = AuditChartTexts::tr("Accuracy");
  chart.percent = true;
  CategorySeries clean{AuditChartTexts::tr("Unchanged"), {}, {}, {}};
  CategorySeries robust{AuditChartTexts::tr("Worst case"), {}, {}, {}};
  CategorySeries weakest{AuditChartTexts::tr("Weakest class"), {}, {}, {}};
  for (const audit::AuditedModel& model : result.models) {
    chart.categories << text(model.name);
    add(clean, model.cleanMetrics.overall);
    add(robust, model.worstMetrics.overall);
    add(weakest, model.worstMetrics.worstClass ? model.worstMetrics.perClass.at(
                                                     static_cast<std::size_t>(*model.worstMetrics.worstClass))
                                               : audit::Rate());
  }
  chart.series = {std::move(clean), std::move(robust), std::move(weakest)};
  return chart;
}

HeatMap attackMap(const audit::AuditedModel& model) {
  HeatMap map;
  map.title = AuditChartTexts::tr("Accuracy per attack and class");
  map.columnTitle = AuditChartTexts::tr("Class");
  map.columns = texts(model.classes);
  map.markedColumn = model.worstMetrics.worstClass.value_or(-1);
  for (const int view : viewsOf(model)) {
    map.rows << viewName(model, view);
    std::vector<double> row;
    QStringList notes;
    for (const audit::Rate& rate : metricsOf(model, view).perClass) {
      row.push_back(rate.n == 0 ? std::nan("") : rate.value);
      notes << AuditChartTexts::tr("%1 of %2").arg(rate.correct).arg(rate.n);
    }
    map.values.push_back(std::move(row));
    map.notes.push_back(notes);
  }
  return map;
}

HeatMap confusionMap(const audit::AuditedModel& model, int view) {
  HeatMap map;
  map.title = AuditChartTexts::tr("Answers, %1").arg(viewName(model, view));
  map.rowTitle = AuditChartTexts::tr("True class");
  map.columnTitle = AuditChartTexts::tr("Answer of the model");
  map.rows = map.columns = texts(model.classes);
  const audit::ClassMetrics& metrics = metricsOf(model, view);
  for (int t = 0; t < metrics.confusion.classes; ++t) {
    const auto n = static_cast<double>(metrics.perClass.at(static_cast<std::size_t>(t)).n);
    std::vector<double> row;
    QStringList notes;
    for (int p = 0; p < metrics.confusion.classes; ++p) {
      row.push_back(n == 0 ? std::nan("") : static_cast<double>(metrics.confusion.at(t, p)) / n);
      notes << QString::number(metrics.confusion.at(t, p));
    }
    map.values.push_back(std::move(row));
    map.notes.push_back(notes);
  }
  return map;
}

LineChart securityCurve(const audit::AuditResult& result) {
  LineChart chart;
  chart.xTitle = AuditChartTexts::tr("Largest change, in 1/255 of the pixel range");
  chart.yTitle = AuditChartTexts::tr("Accuracy");
  chart.percent = true;
  const bool linf = result.norm == "linf";
  if (!linf) chart.xTitle = AuditChartTexts::tr("Largest change (L2)");
  for (const audit::AuditedModel& model : result.models) {
    if (model.curve.empty()) continue;
    LineSeries overall{text(model.name), {0}, {model.cleanMetrics.overall.value}};
    LineSeries weakest{AuditChartTexts::tr("%1, weakest class").arg(text(model.name)),
                       {0},
                       {model.cleanMetrics.worstAccuracy}};
    for (const audit::CurvePoint& point : model.curve) {
      if (point.epsilon <= 0) continue;
      const double x = linf ? point.epsilon * 255 : point.epsilon;
      overall.x.push_back(x);
      overall.y.push_back(point.accuracy.value);
      weakest.x.push_back(x);
      weakest.y.push_back(point.worstClass);
    }
    chart.series.push_back(std::move(overall));
    chart.series.push_back(std::move(weakest));
  }
  return chart;
}

ChartTable overviewTable(const audit::AuditResult& result) {
  ChartTable table;
  table.header = {AuditChartTexts::tr("Model"),         AuditChartTexts::tr("Images"),
                  AuditChartTexts::tr("Unchanged"),     AuditChartTexts::tr("Worst case"),
                  AuditChartTexts::tr("95 % interval"), AuditChartTexts::tr("Weakest class"),
                  AuditChartTexts::tr("Its accuracy"),  AuditChartTexts::tr("NSD"),
                  AuditChartTexts::tr("W-Robust")};
  for (const audit::AuditedModel& model : result.models)
    table.rows.push_back({text(model.name), QString::number(model.worstMetrics.overall.n),
                          share(model.cleanMetrics.overall), share(model.worstMetrics.overall),
                          interval(model.worstMetrics.overall), worstName(model, model.worstMetrics),
                          percentText(model.worstMetrics.worstAccuracy), decimal(model.worstMetrics.nsd),
                          percentText(model.wRobust)});
  return table;
}

ChartTable attackTable(const audit::AuditedModel& model) {
  ChartTable table;
  table.header = {AuditChartTexts::tr("Attack"),
                  AuditChartTexts::tr("Right"),
                  AuditChartTexts::tr("Accuracy"),
                  AuditChartTexts::tr("95 % interval"),
                  AuditChartTexts::tr("Weakest class"),
                  AuditChartTexts::tr("Its accuracy"),
                  AuditChartTexts::tr("NSD")};
  for (const int view : viewsOf(model)) {
    const audit::ClassMetrics& metrics = metricsOf(model, view);
    table.rows.push_back({viewName(model, view),
                          AuditChartTexts::tr("%1 of %2").arg(metrics.overall.correct).arg(metrics.overall.n),
                          share(metrics.overall), interval(metrics.overall), worstName(model, metrics),
                          percentText(metrics.worstAccuracy), decimal(metrics.nsd)});
  }
  return table;
}

ChartTable classTable(const audit::AuditedModel& model) {
  ChartTable table;
  table.header = {AuditChartTexts::tr("Class"),      AuditChartTexts::tr("Images"),
                  AuditChartTexts::tr("Unchanged"),  AuditChartTexts::tr("95 % interval"),
                  AuditChartTexts::tr("Worst case"), AuditChartTexts::tr("95 % interval")};
  for (std::size_t c = 0; c < model.classes.size(); ++c) {
    const audit::Rate& clean = model.cleanMetrics.perClass.at(c);
    const audit::Rate& worst = model.worstMetrics.perClass.at(c);
    const bool marked = model.worstMetrics.worstClass == static_cast<int>(c);
    table.rows.push_back({text(model.classes[c]) + (marked ? AuditChartTexts::tr(" (weakest)") : QString()),
                          QString::number(clean.n), share(clean), interval(clean), share(worst),
                          interval(worst)});
  }
  return table;
}

ChartTable comparisonTable(const std::vector<audit::ModelComparison>& comparisons) {
  ChartTable table;
  table.header = {AuditChartTexts::tr("Models"), AuditChartTexts::tr("Measure"),
                  AuditChartTexts::tr("Difference"), AuditChartTexts::tr("95 % interval")};
  const auto points = [](double value) {
    return AuditChartTexts::tr("%1 points").arg(QLocale().toString(100 * value, 'f', 1));
  };
  for (const audit::ModelComparison& one : comparisons) {
    const QString measure = one.statistic == "robust_accuracy" ? AuditChartTexts::tr("robust accuracy")
                            : one.statistic == "robust_worst_class"
                                ? AuditChartTexts::tr("robust accuracy of the weakest class")
                                : AuditChartTexts::tr("robust accuracy, mean over classes");
    table.rows.push_back({AuditChartTexts::tr("%1 minus %2").arg(text(one.second), text(one.first)), measure,
                          points(one.difference.value),
                          points(one.difference.low) + QStringLiteral(" – ") + points(one.difference.high)});
  }
  return table;
}

}  // namespace medlocker::ui
