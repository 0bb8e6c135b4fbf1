// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/reports/audit_report.h"

#include <QCoreApplication>
#include <QDate>
#include <QLocale>
#include <numeric>

#include "core/common/run_record.h"
#include "ui/charts/audit_charts.h"
#include "ui/services/text.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

constexpr std::size_t kPictures = 8;

/// AuditReportTexts of this file, for the translators.
class AuditReportTexts {
  Q_DECLARE_TR_FUNCTIONS(AuditReport)
};

QString budget(const audit::AuditResult& result) {
  const QString size =
      result.epsilonText.empty() ? QLocale().toString(result.epsilon, 'g', 4) : text(result.epsilonText);
  return result.norm == "linf"
             ? AuditReportTexts::tr("%1 of the range from black to white, for every sample").arg(size)
             : AuditReportTexts::tr("%1 in the Euclidean norm").arg(size);
}

QString attackNames(const audit::AuditedModel& model) {
  QStringList names;
  for (const audit::AuditedAttack& attack : model.attacks) names << text(attack.attack);
  return names.join(QStringLiteral(", "));
}

void addModel(PdfDocument& pdf, const audit::AuditedModel& model, const PictureOf& pictures) {
  pdf.heading(AuditReportTexts::tr("Model “%1”").arg(text(model.name)));
  pdf.chart(classChart(model, {kCleanView, kWorstView}),
            AuditReportTexts::tr(
                "Accuracy per class, with 95 % Wilson intervals. ▼ marks the class that is weakest in the "
                "worst case over all attacks."));
  pdf.table(classTable(model), AuditReportTexts::tr("Every class"));
  pdf.table(attackTable(model), AuditReportTexts::tr("Every attack alone, and the worst case over all"));
  pdf.chart(attackMap(model), AuditReportTexts::tr("Accuracy per attack (row) and class (column)"));
  if (model.classes.size() > 2 && model.referableFrom < static_cast<int>(model.classes.size()))
    pdf.paragraph(
        AuditReportTexts::tr(
            "With the classes from “%1” on counted as referable, the sensitivity is %2 on unchanged images "
            "and %3 in the worst case; the specificity is %4 and %5.")
            .arg(text(model.classes[static_cast<std::size_t>(model.referableFrom)]),
                 percentText(model.cleanMetrics.referableSensitivity),
                 percentText(model.worstMetrics.referableSensitivity),
                 percentText(model.cleanMetrics.referableSpecificity),
                 percentText(model.worstMetrics.referableSpecificity)));
  pdf.chart(confusionMap(model, kCleanView),
            AuditReportTexts::tr("Answers on unchanged images, shares of the true class"));
  pdf.chart(confusionMap(model, kWorstView),
            AuditReportTexts::tr("Answers in the worst case, shares of the true class"));
  if (!pictures || !model.worstMetrics.worstClass) return;
  std::vector<PdfDocument::Picture> shown;
  for (std::size_t i = 0; i < model.truth.size() && shown.size() < kPictures; ++i) {
    if (model.truth[i] != *model.worstMetrics.worstClass || model.clean[i] != model.truth[i] ||
        model.worst[i] == model.truth[i])
      continue;
    const QImage picture = pictures(model.sampleIds[i]);
    if (picture.isNull()) continue;
    shown.push_back({picture, AuditReportTexts::tr("%1: “%2” under attack")
                                  .arg(text(model.sampleIds[i]),
                                       text(model.classes[static_cast<std::size_t>(model.worst[i])]))});
  }
  pdf.pictures(shown,
               AuditReportTexts::tr(
                   "Images of the weakest class “%1” that are right when unchanged and wrong under attack "
                   "(shown unchanged, at most %2)")
                   .arg(text(model.classes[static_cast<std::size_t>(*model.worstMetrics.worstClass)]))
                   .arg(kPictures));
}

void addMethod(PdfDocument& pdf, const audit::AuditResult& result) {
  pdf.heading(AuditReportTexts::tr("Method"));
  pdf.paragraph(AuditReportTexts::tr(
      "Every image was given to every model, first unchanged, then changed by each attack within the "
      "allowed size. An attack searches for the change that makes the answer wrong. In the worst case "
      "an image counts as right only if it is right unchanged and under every attack. Each success "
      "was checked again with the model as stored, in full precision."));
  pdf.paragraph(AuditReportTexts::tr(
      "Intervals of rates are 95 % Wilson intervals; those of differences between models are paired "
      "bootstrap intervals on the same images. NSD is the standard deviation of the accuracy over "
      "classes divided by its mean: 0 is perfectly even. W-Robust is the mean of accuracy on unchanged "
      "images and in the worst case."));
  PdfDocument::Facts facts{
      {AuditReportTexts::tr("Dataset"), text(result.datasetName)},
      {AuditReportTexts::tr("Dataset fingerprint"), text(result.fingerprint)},
      {AuditReportTexts::tr("Largest change"), budget(result)},
      {AuditReportTexts::tr("Seed"), QString::number(result.seed)},
      {AuditReportTexts::tr("Program"), QStringLiteral("MedLocker ") + QString::fromLatin1(kVersion)}};
  for (const audit::AuditedModel& model : result.models)
    facts.emplace_back(AuditReportTexts::tr("Model “%1”").arg(text(model.name)),
                       AuditReportTexts::tr("%1, input %2 px, weights %3")
                           .arg(text(model.arch))
                           .arg(model.inputSize)
                           .arg(text(model.sha256)));
  pdf.facts(facts);
  if (result.models.empty()) return;
  ChartTable settings;
  settings.header = {AuditReportTexts::tr("Attack"), AuditReportTexts::tr("Settings")};
  for (const audit::AuditedAttack& attack : result.models.front().attacks) {
    QStringList parts;
    for (const auto& [name, value] : attack.params.items())
      parts << text(name) + QStringLiteral(" ") +
                   text(value.is_string() ? value.get<std::string>() : value.dump());
    settings.rows.push_back({text(attack.attack), parts.join(QStringLiteral(", "))});
  }
  pdf.table(settings, AuditReportTexts::tr("Settings of the attacks"));
}

}  // namespace

QStringList auditInWords(const audit::AuditResult& result) {
  QStringList lines;
  for (const audit::AuditedModel& model : result.models) {
    const audit::ClassMetrics& clean = model.cleanMetrics;
    const audit::ClassMetrics& worst = model.worstMetrics;
    QString line = AuditReportTexts::tr("The model “%1” was right on %2 of %3 unchanged images (%4).")
                       .arg(text(model.name))
                       .arg(clean.overall.correct)
                       .arg(clean.overall.n)
                       .arg(percentText(clean.overall.value));
    line +=
        QLatin1Char(' ') +
        AuditReportTexts::tr(
            "With every image changed by the attack that harms it most, it was right on %1 (%2; between %3 "
            "and %4 with 95 % confidence).")
            .arg(worst.overall.correct)
            .arg(percentText(worst.overall.value), percentText(worst.overall.low),
                 percentText(worst.overall.high));
    if (worst.worstClass) {
      const audit::Rate& rate = worst.perClass.at(static_cast<std::size_t>(*worst.worstClass));
      line += QLatin1Char(' ') + AuditReportTexts::tr("Its weakest class is “%1”: %2 of %3 images (%4).")
                                     .arg(text(model.classes.at(static_cast<std::size_t>(*worst.worstClass))))
                                     .arg(rate.correct)
                                     .arg(rate.n)
                                     .arg(percentText(rate.value));
    }
    lines << line;
  }
  for (const audit::RequirementResult& requirement : result.requirements)
    lines << (requirement.met ? AuditReportTexts::tr("The condition “%1” is met by “%2”.")
                              : AuditReportTexts::tr("The condition “%1” is NOT met by “%2”."))
                 .arg(text(requirement.text), text(requirement.model));
  return lines;
}

QStringList auditLimits() {
  return {
      AuditReportTexts::tr(
          "Robust figures are upper bounds: a stronger attack may break more images, and no list of attacks "
          "can "
          "show that none would."),
      AuditReportTexts::tr(
          "Nothing is said about larger changes, or changes of another kind such as blur, rotation or "
          "another "
          "camera."),
      AuditReportTexts::tr(
          "Intervals tell how far the figures may be off because only these images were tested. They say "
          "nothing "
          "about images from other clinics or patients."),
      AuditReportTexts::tr("This is no statement of clinical performance.")};
}

void writeAuditPdf(const audit::AuditResult& result, const PictureOf& pictures, Paper paper,
                   const QString& file) {
  const QString title = AuditReportTexts::tr("Robustness audit of %1").arg(text(result.datasetName));
  PdfDocument pdf(title, paper);
  QStringList models;
  for (const audit::AuditedModel& model : result.models) models << text(model.name);
  const std::int64_t images = std::accumulate(result.counts.begin(), result.counts.end(), std::int64_t{0});
  PdfDocument::Facts facts{
      {AuditReportTexts::tr("Dataset"), text(result.datasetName)},
      {AuditReportTexts::tr("Images"), QLocale().toString(static_cast<qlonglong>(images))},
      {AuditReportTexts::tr("Models"), models.join(QStringLiteral(", "))},
      {AuditReportTexts::tr("Largest change"), budget(result)}};
  if (!result.models.empty())
    facts.emplace_back(AuditReportTexts::tr("Attacks"), attackNames(result.models.front()));
  facts.emplace_back(AuditReportTexts::tr("Date"),
                     QLocale().toString(QDate::currentDate(), QLocale::LongFormat));
  pdf.titlePage(
      AuditReportTexts::tr("Robustness audit"), text(result.datasetName),
      AuditReportTexts::tr(
          "How often diagnosis models still answer correctly when images are changed on purpose, class by "
          "class."),
      facts,
      AuditReportTexts::tr("Made with MedLocker. For the assessment of research models; not for diagnosis."));
  pdf.heading(AuditReportTexts::tr("Summary"));
  for (const QString& line : auditInWords(result)) pdf.paragraph(line);
  pdf.table(overviewTable(result),
            AuditReportTexts::tr("All models: unchanged images and the worst case over all attacks"));
  pdf.chart(overviewChart(result), AuditReportTexts::tr("Accuracy with 95 % intervals"));
  if (!result.flags.empty()) {
    pdf.subheading(AuditReportTexts::tr("Warnings"));
    for (const audit::AuditFlag& flag : result.flags)
      pdf.bullet((flag.model.empty() ? QString() : text(flag.model) + QStringLiteral(": ")) +
                 text(flag.message));
  }
  const LineChart curve = securityCurve(result);
  if (!curve.series.empty()) {
    pdf.heading(AuditReportTexts::tr("Security curve"));
    pdf.chart(curve, AuditReportTexts::tr("Accuracy as the largest allowed change grows"));
  }
  if (result.models.size() > 1) {
    const CategoryChart side = modelsChart(result);
    if (!side.series.empty()) {
      pdf.heading(AuditReportTexts::tr("Models side by side"));
      pdf.chart(side,
                AuditReportTexts::tr("Robust accuracy per class in the worst case, with 95 % intervals"));
    }
    if (!result.comparisons.empty())
      pdf.table(
          comparisonTable(result.comparisons),
          AuditReportTexts::tr(
              "Differences on the same images; an interval that does not contain 0 is unlikely to come from "
              "the choice of images alone"));
  }
  for (const audit::AuditedModel& model : result.models) addModel(pdf, model, pictures);
  addMethod(pdf, result);
  pdf.heading(AuditReportTexts::tr("Limits"));
  for (const QString& line : auditLimits()) pdf.bullet(line);
  pdf.save(file);
}

}  // namespace medlocker::ui
