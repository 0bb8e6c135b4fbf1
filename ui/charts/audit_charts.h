// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/pipelines/audit_models.h"
#include "ui/charts/charts.h"

/// The views of an audit as chart descriptions; the window and the PDF draw the same ones.
namespace medlocker::ui {

/// Which answers a chart or a list of images is about: -2 unchanged images, -1 the worst case over all
/// attacks, else an index into the model's attacks.
inline constexpr int kCleanView = -2;
inline constexpr int kWorstView = -1;

QString viewName(const audit::AuditedModel& model, int view);
const audit::ClassMetrics& metricsOf(const audit::AuditedModel& model, int view);
const std::vector<int>& answersOf(const audit::AuditedModel& model, int view);
/// All views of a model: clean, each attack, worst case.
std::vector<int> viewsOf(const audit::AuditedModel& model);

/// Accuracy per class of one model under the given views, with Wilson intervals; the class that is weakest in
/// the worst case is marked.
CategoryChart classChart(const audit::AuditedModel& model, const std::vector<int>& views);
/// Worst-case accuracy per class of all models side by side; empty unless they share their classes.
CategoryChart modelsChart(const audit::AuditResult& result);
/// Clean, robust and weakest-class accuracy of every model.
CategoryChart overviewChart(const audit::AuditResult& result);
/// Views × classes of one model.
HeatMap attackMap(const audit::AuditedModel& model);
/// True class × answer, shares of the row.
HeatMap confusionMap(const audit::AuditedModel& model, int view);
/// Accuracy by size of the change; empty series without a curve.
LineChart securityCurve(const audit::AuditResult& result);

/// Rows of the table of all models; the header fits.
ChartTable overviewTable(const audit::AuditResult& result);
/// Every attack of a model: right, accuracy, interval, weakest class, NSD.
ChartTable attackTable(const audit::AuditedModel& model);
ChartTable classTable(const audit::AuditedModel& model);
ChartTable comparisonTable(const std::vector<audit::ModelComparison>& comparisons);

}  // namespace medlocker::ui
