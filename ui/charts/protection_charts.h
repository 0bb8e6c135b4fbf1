// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/pipelines/evaluate_dataset.h"
#include "core/pipelines/protect_dataset.h"
#include "core/pipelines/stress_protection.h"
#include "ui/charts/charts.h"

/// The views of a protection run as chart descriptions; the window and the PDF draw the same ones.
namespace medlocker::ui {

/// Accuracy of the run's own models on originals and protected copies; empty without models.
CategoryChart accuracyChart(const pipelines::ProtectDatasetSummary& run);
/// Models × what is shown to them: accuracy on originals, on randomly marked and on protected copies, and the
/// share of answers that were right and are wrong now.
HeatMap transferMap(const pipelines::EvaluateDatasetSummary& evaluation);
/// The same with intervals and tests.
ChartTable transferTable(const pipelines::EvaluateDatasetSummary& evaluation);
/// Ways to remove the logo × models: accuracy that is left or comes back.
HeatMap removalMap(const pipelines::StressProtectionSummary& stress);

}  // namespace medlocker::ui
