// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <functional>
#include <optional>
#include <utility>

#include "core/pipelines/evaluate_dataset.h"
#include "core/pipelines/protect_dataset.h"
#include "ui/app_state.h"
#include "ui/reports/pdf_document.h"

namespace medlocker::ui {

/// What the report of a protection run is made of.
struct ProtectionReport {
  pipelines::ProtectDatasetSummary run;
  std::optional<pipelines::EvaluateDatasetSummary> evaluation;
  QString datasetName;
  QString owner;
  QStringList classes;
  /// Original and protected copy, small; null ones are left out.
  std::function<std::pair<QImage, QImage>(const pipelines::ProtectedItem&)> pictures;
};

/// A protection run in sentences, in the window's language.
QStringList protectionInWords(const ProtectionReport& report);

/// For the owner, not for the public: it tells what the models said. It names no place of a logo. Throws
/// Error naming the file.
void writeProtectionPdf(const ProtectionReport& report, Paper paper, const QString& file);

}  // namespace medlocker::ui
