// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/reports/protection_report.h"

#include <QCoreApplication>
#include <QDate>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "core/common/run_record.h"
#include "ui/charts/protection_charts.h"
#include "ui/services/text.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

constexpr std::size_t kPairs = 6;

/// ProtectionReportTexts of this file, for the translators.
class ProtectionReportTexts {
  Q_DECLARE_TR_FUNCTIONS(ProtectionReport)
};

QString className(const QStringList& classes, int label) {
  return label < 0 ? QStringLiteral("–") : label < classes.size() ? classes[label] : QString::number(label);
}

QString classNames(const QStringList& classes, const std::vector<int>& labels) {
  QStringList names;
  for (const int label : labels) names << className(classes, label);
  return names.join(QStringLiteral(", "));
}

struct Totals {
  std::int64_t written = 0;
  std::int64_t lesionPixels = 0;
  std::int64_t outside = 0;
  double covered = 0;
  double ssim = 0;
};

Totals totalsOf(const pipelines::ProtectDatasetSummary& run) {
  Totals totals;
  for (const pipelines::ProtectedItem& item : run.items) {
    if (item.output.empty()) continue;
    ++totals.written;
    totals.lesionPixels += item.lesionOverlapPixels;
    totals.outside = std::max(totals.outside, item.outsideMaxAbsDiff);
    totals.covered += item.coveredFraction;
    totals.ssim += item.ssim;
  }
  if (totals.written > 0) {
    totals.covered /= static_cast<double>(totals.written);
    totals.ssim /= static_cast<double>(totals.written);
  }
  return totals;
}

QString statusMeaning(const QString& status) {
  if (status == "PROTECTED")
    return ProtectionReportTexts::tr("every model known to the search answers wrongly");
  if (status == "PARTIAL") return ProtectionReportTexts::tr("at least one of these models answers wrongly");
  if (status == "WEAK") return ProtectionReportTexts::tr("marked, but none of these models was misled");
  if (status == "INFEASIBLE") return ProtectionReportTexts::tr("no place that covers no lesion; not written");
  if (status == "SKIPPED") return ProtectionReportTexts::tr("was marked already; not written");
  return ProtectionReportTexts::tr("could not be read or written; the reason is in the list");
}

}  // namespace

QStringList protectionInWords(const ProtectionReport& report) {
  const pipelines::ProtectDatasetSummary& run = report.run;
  const Totals totals = totalsOf(run);
  QStringList lines;
  lines << ProtectionReportTexts::tr(
               "%1 of %2 images were written with a visible logo and are listed in a signed certificate.")
               .arg(totals.written)
               .arg(run.samples);
  if (totals.written > 0)
    lines
        << ProtectionReportTexts::tr(
               "The logo covers %1 of the field of view on average. %2 No sample outside the logo was "
               "changed%3.")
               .arg(percentText(totals.covered),
                    totals.lesionPixels == 0
                        ? ProtectionReportTexts::tr("No marked lesion pixel is covered.")
                        : ProtectionReportTexts::tr("%1 lesion pixels are covered.").arg(totals.lesionPixels),
                    totals.outside == 0
                        ? QString()
                        : ProtectionReportTexts::tr(" by more than %1 of 255 steps").arg(totals.outside));
  for (std::size_t m = 0; m < run.sourceModels.size(); ++m)
    if (m < run.accuracyBefore.size() && std::isfinite(run.accuracyBefore[m]))
      lines << ProtectionReportTexts::tr(
                   "The model “%1”, which the search knew, is right on %2 of the originals and on %3 of the "
                   "protected copies.")
                   .arg(text(run.sourceModels[m]), percentText(run.accuracyBefore[m]),
                        percentText(run.accuracyAfter[m]));
  if (report.evaluation)
    for (const pipelines::EvaluatedModel& model : report.evaluation->models)
      if (model.role != "source")
        lines << ProtectionReportTexts::tr(
                     "The model “%1”, which the search did not know, is right on %2 of the originals, on %3 "
                     "with a "
                     "logo placed at random, and on %4 of the protected copies.")
                     .arg(text(model.name), percentText(model.clean.accuracy.value),
                          percentText(model.random.accuracy.value),
                          percentText(model.protectedImages.accuracy.value));
  if (run.sourceModels.empty())
    lines << ProtectionReportTexts::tr(
        "No model was used: the logo was placed where no lesion is, without an effect on models in mind.");
  lines << ProtectionReportTexts::tr(
      "Whoever has the owner's key, or a grant, gets every original sample back, bit for bit.");
  return lines;
}

void writeProtectionPdf(const ProtectionReport& report, Paper paper, const QString& file) {
  const pipelines::ProtectDatasetSummary& run = report.run;
  PdfDocument pdf(ProtectionReportTexts::tr("Protection of %1").arg(report.datasetName), paper);
  PdfDocument::Facts facts{
      {ProtectionReportTexts::tr("Dataset"), report.datasetName},
      {ProtectionReportTexts::tr("Images"), QLocale().toString(static_cast<qlonglong>(run.samples))},
      {ProtectionReportTexts::tr("Run"), text(run.runId)}};
  if (!report.owner.isEmpty()) facts.emplace_back(ProtectionReportTexts::tr("Owner"), report.owner);
  QStringList models;
  for (const std::string& name : run.sourceModels) models << text(name);
  facts.emplace_back(
      ProtectionReportTexts::tr("Models of the search"),
      models.isEmpty() ? ProtectionReportTexts::tr("none") : models.join(QStringLiteral(", ")));
  facts.emplace_back(ProtectionReportTexts::tr("Date"),
                     QLocale().toString(QDate::currentDate(), QLocale::LongFormat));
  pdf.titlePage(
      ProtectionReportTexts::tr("Protection of a dataset"), report.datasetName,
      ProtectionReportTexts::tr(
          "A visible logo was placed where diagnosis models fail and no marked lesion is covered. The copy "
          "is certified, and an authorised reader gets the originals back."),
      facts,
      ProtectionReportTexts::tr(
          "For the owner of the dataset: this report tells how models answer and is not meant to be "
          "published "
          "with the copy. A protected image is not for diagnosis."));
  pdf.heading(ProtectionReportTexts::tr("Summary"));
  for (const QString& line : protectionInWords(report)) pdf.paragraph(line);
  ChartTable statuses;
  statuses.header = {ProtectionReportTexts::tr("Status"), ProtectionReportTexts::tr("Meaning"),
                     ProtectionReportTexts::tr("Images")};
  for (const auto& [status, count] : run.statusCounts)
    statuses.rows.push_back({text(status), statusMeaning(text(status)), QString::number(count)});
  pdf.table(statuses,
            ProtectionReportTexts::tr("Images per status; the counts add up to all images of the dataset"));
  const CategoryChart accuracy = accuracyChart(run);
  if (!accuracy.categories.isEmpty()) {
    pdf.heading(ProtectionReportTexts::tr("Effect on models"));
    pdf.chart(accuracy, ProtectionReportTexts::tr(
                            "Accuracy on originals and on protected copies, models known to the search"));
  }
  if (report.evaluation) {
    pdf.chart(transferMap(*report.evaluation),
              ProtectionReportTexts::tr(
                  "Share of right answers, and of answers that were right and are wrong now (misled)"));
    pdf.table(
        transferTable(*report.evaluation),
        ProtectionReportTexts::tr(
            "The same with 95 % intervals; p is McNemar's test of protected against randomly placed logos"));
  }
  if (report.pictures) {
    std::vector<PdfDocument::Picture> pictures;
    for (const pipelines::ProtectedItem& item : run.items) {
      if (pictures.size() >= 2 * kPairs) break;
      if (item.output.empty() || item.status != "PROTECTED") continue;
      auto [before, after] = report.pictures(item);
      if (before.isNull() || after.isNull()) continue;
      pictures.push_back({before, ProtectionReportTexts::tr("%1, original").arg(text(item.id))});
      pictures.push_back({after, ProtectionReportTexts::tr("protected: %1 → %2")
                                     .arg(classNames(report.classes, item.predictedBefore),
                                          classNames(report.classes, item.predictedAfter))});
    }
    if (!pictures.empty()) {
      pdf.heading(ProtectionReportTexts::tr("Examples"));
      pdf.pictures(pictures,
                   ProtectionReportTexts::tr(
                       "Originals and protected copies, at most %1 pairs, with the answers of the models "
                       "before and after")
                       .arg(kPairs));
    }
  }
  pdf.heading(ProtectionReportTexts::tr("All images"));
  ChartTable all;
  all.header = {ProtectionReportTexts::tr("Image"), ProtectionReportTexts::tr("Status"),
                ProtectionReportTexts::tr("Label"), ProtectionReportTexts::tr("Before"),
                ProtectionReportTexts::tr("After"), ProtectionReportTexts::tr("Covered"),
                ProtectionReportTexts::tr("SSIM")};
  for (const pipelines::ProtectedItem& item : run.items) {
    const bool written = !item.output.empty();
    all.rows.push_back({text(item.id), text(item.status), className(report.classes, item.label),
                        classNames(report.classes, item.predictedBefore),
                        written ? classNames(report.classes, item.predictedAfter) : text(item.reason),
                        written ? percentText(item.coveredFraction) : QStringLiteral("–"),
                        written ? QLocale().toString(item.ssim, 'f', 3) : QStringLiteral("–")});
  }
  pdf.table(all, ProtectionReportTexts::tr(
                     "Before and after: the answers of the models. Covered: share of the field of view "
                     "under the logo."));
  pdf.heading(ProtectionReportTexts::tr("Method"));
  pdf.paragraph(ProtectionReportTexts::tr(
      "Lesions are taken from masks and from boxes that a person drew, and kept free with a margin. Places "
      "of the logo are tried in batches against the models of the search; the least conspicuous one that "
      "works is taken. The file as written is read again and judged in full precision."));
  pdf.facts(
      {{ProtectionReportTexts::tr("Run folder"), toText(run.out)},
       {ProtectionReportTexts::tr("Program"), QStringLiteral("MedLocker ") + QString::fromLatin1(kVersion)}});
  pdf.heading(ProtectionReportTexts::tr("Limits"));
  for (const QString& line :
       {ProtectionReportTexts::tr("Whoever inpaints or blacks out the logo, or trains on marked and labelled "
                                  "images, can get around it. "
                                  "Lesions stay visible by design."),
        ProtectionReportTexts::tr("Models that the search did not know may be misled less. Measure them with "
                                  "the page's “Transfer”."),
        ProtectionReportTexts::tr("The program does not de-identify images; that must be done before."),
        ProtectionReportTexts::tr("Only lesions that are marked can be kept free.")})
    pdf.bullet(line);
  pdf.save(file);
}

}  // namespace medlocker::ui
