// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/protect_results.h"

#include <QDesktopServices>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <cmath>

#include "core/common/files.h"
#include "core/pipelines/generate_keys.h"
#include "core/pipelines/grant_access.h"
#include "ui/charts/chart_panel.h"
#include "ui/charts/protection_charts.h"
#include "ui/reports/protection_report.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"
#include "ui/widgets/picture_pair.h"

namespace medlocker::ui {
namespace {

constexpr int kRunPicture = 400;
constexpr int kStressImages = 40;

QString outputFile(const pipelines::ProtectDatasetSummary& run, const pipelines::ProtectedItem& item) {
  if (item.output.empty()) return {};
  QString file = QString::fromStdString(item.output);
  if (!file.startsWith(QLatin1String("images/"))) file.prepend(QStringLiteral("images/"));
  return toText(run.out) + QLatin1Char('/') + file;
}

}  // namespace

ProtectResults::ProtectResults(AppState& state, QWidget* parent)
    : QWidget(parent), state_(state), sorted_(new QSortFilterProxyModel(this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(makeTop());
  auto* split = new QSplitter(Qt::Vertical);
  auto* upper = new QSplitter(Qt::Horizontal);
  pair_ = new PicturePair(state_);
  tabs_ = new QTabWidget;
  tabs_->setDocumentMode(true);
  tabs_->setAccessibleName(tr("Charts of the run"));
  accuracy_ = new ChartPanel(tr("Accuracy of the models"));
  transfer_ = new ChartPanel(tr("Transfer: which models are misled"));
  auto* transferPage = new QWidget;
  auto* transferLayout = new QVBoxLayout(transferPage);
  transferLayout->setContentsMargins(0, 4, 0, 0);
  auto* measure = new QPushButton(tr("Measure the effect on models…"));
  measure->setObjectName(QStringLiteral("measureEffect"));
  measure->setToolTip(
      tr("Adds a model that the search did not know, and compares with a logo placed at random"));
  transferLayout->addWidget(measure, 0, Qt::AlignLeft);
  transferLayout->addWidget(transfer_, 1);
  removal_ = new ChartPanel(tr("Attempts to remove the logo"));
  auto* removalPage = new QWidget;
  auto* removalLayout = new QVBoxLayout(removalPage);
  removalLayout->setContentsMargins(0, 4, 0, 0);
  auto* attempt = new QPushButton(tr("Try to remove the logo"));
  attempt->setObjectName(QStringLiteral("stressTest"));
  attempt->setToolTip(
      tr("Inpainting, blacking out and other attempts on copies of at most %1 images, in memory")
          .arg(kStressImages));
  removalLayout->addWidget(attempt, 0, Qt::AlignLeft);
  removalLayout->addWidget(removal_, 1);
  tabs_->addTab(accuracy_, tr("Accuracy"));
  tabs_->addTab(transferPage, tr("Transfer"));
  tabs_->addTab(removalPage, tr("Removal"));
  upper->addWidget(pair_);
  upper->addWidget(tabs_);
  upper->setSizes({560, 460});
  table_ = new QTableView;
  sorted_->setSourceModel(&results_);
  sorted_->setSortRole(ResultModel::SortRole);
  sorted_->setFilterKeyColumn(ResultModel::Status);
  table_->setModel(sorted_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(0, Qt::AscendingOrder);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setAlternatingRowColors(true);
  table_->verticalHeader()->hide();
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->setAccessibleName(tr("Results per image"));
  table_->setTabKeyNavigation(false);
  split->addWidget(upper);
  split->addWidget(table_);
  split->setSizes({380, 280});
  layout->addWidget(split, 1);

  connect(measure, &QPushButton::clicked, this, &ProtectResults::evaluate);
  connect(attempt, &QPushButton::clicked, this, &ProtectResults::stress);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            if (!index.isValid() || !run_) return;
            const pipelines::ProtectedItem& item = results_.itemAt(sorted_->mapToSource(index).row());
            pair_->show(QString::fromStdString(item.id), outputFile(*run_, item));
          });
}

QWidget* ProtectResults::makeTop() {
  auto* top = new QWidget;
  auto* row = new QHBoxLayout(top);
  row->setContentsMargins(0, 0, 0, 0);
  text_ = new QLabel;
  text_->setWordWrap(true);
  text_->setAccessibleName(tr("Result of the run"));
  QFont large = text_->font();
  large.setPointSizeF(large.pointSizeF() * 1.15);
  text_->setFont(large);
  statusFilter_ = new QComboBox;
  statusFilter_->setAccessibleName(tr("Status"));
  statusFilter_->addItem(tr("All statuses"), QString());
  for (const char* status : {"PROTECTED", "PARTIAL", "WEAK", "INFEASIBLE", "SKIPPED", "ERROR"})
    statusFilter_->addItem(QString::fromLatin1(status), QString::fromLatin1(status));
  auto* folder = new QPushButton(tr("Open the folder"));
  folder->setIcon(lineIcon(QStringLiteral("folder")));
  auto* grantButton = new QPushButton(tr("Grant access…"));
  grantButton->setObjectName(QStringLiteral("grantAccess"));
  grantButton->setToolTip(tr("Writes a file with which a recipient's key gets the originals back"));
  auto* exportButton = new QToolButton;
  exportButton->setText(tr("Export"));
  exportButton->setObjectName(QStringLiteral("exportRun"));
  exportButton->setAccessibleName(tr("Export the report"));
  exportButton->setPopupMode(QToolButton::InstantPopup);
  exportButton->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  auto* menu = new QMenu(exportButton);
  for (const auto& [kind, name] : {std::pair{"pdf-a4", tr("Report as PDF, A4…")},
                                   {"pdf-letter", tr("Report as PDF, Letter…")},
                                   {"csv", tr("Certificate list as CSV…")},
                                   {"json", tr("Certificate list as JSON…")}})
    menu->addAction(name, this, [this, kind = QString::fromLatin1(kind)] { exportReport(kind); });
  exportButton->setMenu(menu);
  auto* verify = new QPushButton(tr("Verify…"));
  verify->setObjectName(QStringLiteral("toVerify"));
  auto* again = new QPushButton(tr("Another run"));
  again->setObjectName(QStringLiteral("anotherRun"));
  row->addWidget(text_, 1);
  for (QWidget* widget : {static_cast<QWidget*>(statusFilter_), static_cast<QWidget*>(folder),
                          static_cast<QWidget*>(grantButton), static_cast<QWidget*>(exportButton),
                          static_cast<QWidget*>(verify), static_cast<QWidget*>(again)})
    row->addWidget(widget);
  connect(statusFilter_, &QComboBox::activated, this,
          [this] { sorted_->setFilterFixedString(statusFilter_->currentData().toString()); });
  connect(folder, &QPushButton::clicked, this, [this] {
    if (run_) QDesktopServices::openUrl(QUrl::fromLocalFile(toText(run_->out)));
  });
  connect(grantButton, &QPushButton::clicked, this, &ProtectResults::grant);
  connect(verify, &QPushButton::clicked, this, [this] { state_.goTo(Page::Verify); });
  connect(again, &QPushButton::clicked, this, &ProtectResults::anotherRequested);
  return top;
}

void ProtectResults::setRun(const pipelines::ProtectDatasetSummary& summary) {
  run_ = summary;
  evaluation_.reset();
  QStringList classes;
  if (const auto browser = state_.browser())
    for (const std::string& name : browser->dataset().classes) classes << QString::fromStdString(name);
  results_.setItems(summary.items, classes);
  table_->resizeColumnsToContents();
  table_->setColumnWidth(ResultModel::Name, std::min(260, table_->columnWidth(ResultModel::Name)));
  QStringList counts;
  for (const auto& [status, count] : summary.statusCounts)
    if (count > 0) counts << tr("%1 %2").arg(count).arg(QString::fromStdString(status));
  text_->setText(summary.outcome == Outcome::Cancelled
                     ? tr("Stopped: %1. What is finished is kept; “Another run” lets you go on.")
                           .arg(counts.join(QStringLiteral(", ")))
                     : tr("Done: %1.").arg(counts.join(QStringLiteral(", "))));
  showAccuracy();
  transfer_->clear(tr("Not measured yet"));
  removal_->clear(tr("Not measured yet"));
  pair_->clear(tr("Choose an image below"));
  // The logo may lie anywhere: most of the protected side is shown first.
  pair_->setDivider(0.15);
  if (sorted_->rowCount() > 0) table_->selectRow(0);
}

void ProtectResults::showAccuracy() {
  const CategoryChart chart = accuracyChart(*run_);
  if (chart.categories.isEmpty())
    accuracy_->clear(tr("No model was used"));
  else
    accuracy_->setChart(chart);
}

void ProtectResults::evaluate() {
  if (!run_ || state_.tasks().isRunning()) return;
  pipelines::EvaluateDatasetOptions options;
  options.original = toPath(state_.project().state().dataset);
  options.protectedFolder = run_->out;
  QStringList models = state_.project().state().models;
  // A model that the search did not know tells most; without one the known ones are measured.
  const QString further =
      state_.dialogs().chooseFolder(this, tr("Folder of a further model (Cancel: only those of the run)"),
                                    state_.settings().outputFolder());
  if (!further.isEmpty() && !models.contains(further)) models << further;
  for (const QString& model : models) options.models.push_back(toPath(model));
  if (options.models.empty()) {
    state_.showError(tr("Measure the effect"),
                     tr("Add a model on the form of this page, or choose one here."));
    return;
  }
  if (!state_.project().state().masks.isEmpty()) options.masks = toPath(state_.project().state().masks);
  options.device = parseDeviceChoice(state_.settings().device().toStdString());
  options.out = toPath(unusedPath(toText(run_->out) + QStringLiteral("-evaluation")));
  state_.tasks().start(
      tr("Measuring the effect"), [this, options](const RunContext& context) -> TaskRunner::Completion {
        const pipelines::EvaluateDatasetSummary summary = pipelines::evaluateDataset(options, context);
        return [this, summary] {
          if (summary.outcome == Outcome::Cancelled) return;
          evaluation_ = summary;
          transfer_->setChart(transferMap(summary));
          tabs_->setCurrentIndex(1);
        };
      });
}

void ProtectResults::stress() {
  if (!run_ || state_.tasks().isRunning()) return;
  pipelines::StressProtectionOptions options;
  options.run = run_->out;
  options.ownerKey = toPath(state_.project().state().key);
  for (const QString& model : state_.project().state().models) options.models.push_back(toPath(model));
  if (options.models.empty()) {
    state_.showError(tr("Try to remove the logo"),
                     tr("Without a model nothing can be said. Add one on the form of this page."));
    return;
  }
  const std::optional<std::string> passphrase = ownerPassphrase();
  if (!passphrase) return;
  options.passphrase = *passphrase;
  options.limit = kStressImages;
  // Training on marked images takes long; the command line does that too.
  options.fineTune = false;
  options.device = parseDeviceChoice(state_.settings().device().toStdString());
  options.out = toPath(unusedPath(toText(run_->out) + QStringLiteral("-stress")));
  state_.tasks().start(
      tr("Trying to remove the logo"), [this, options](const RunContext& context) -> TaskRunner::Completion {
        const pipelines::StressProtectionSummary summary = pipelines::stressProtection(options, context);
        return [this, summary] {
          if (summary.outcome == Outcome::Cancelled) return;
          removal_->setChart(removalMap(summary));
          tabs_->setCurrentIndex(2);
        };
      });
}

std::optional<std::string> ProtectResults::ownerPassphrase() {
  try {
    if (!pipelines::keyNeedsPassphrase(toPath(state_.project().state().key))) return std::string();
    const auto passphrase = state_.dialogs().askPassphrase(this, tr("Passphrase of the owner key"));
    if (!passphrase) return std::nullopt;
    return passphrase->toStdString();
  } catch (...) {
    state_.showError(tr("Read the key"), describeCurrentException());
    return std::nullopt;
  }
}

void ProtectResults::grant() {
  if (!run_ || state_.tasks().isRunning()) return;
  pipelines::GrantAccessOptions options;
  options.run = run_->out;
  options.ownerKey = toPath(state_.project().state().key);
  const QString recipient = state_.dialogs().chooseFile(
      this, tr("Public key of the recipient (recipient.pub)"), {}, tr("Public keys (*.pub);;All files (*)"));
  if (recipient.isEmpty()) return;
  options.recipient = toPath(recipient);
  const QString file = state_.dialogs().chooseSaveFile(
      this, tr("Grant file"), toText(run_->out) + QStringLiteral(".grant"), tr("Grants (*.grant)"));
  if (file.isEmpty()) return;
  options.out = toPath(file);
  const std::optional<std::string> passphrase = ownerPassphrase();
  if (!passphrase) return;
  options.passphrase = *passphrase;
  state_.tasks().start(
      tr("Granting access"), [this, options](const RunContext& context) -> TaskRunner::Completion {
        const pipelines::GrantAccessSummary summary = pipelines::grantAccess(options, context);
        return [this, summary] {
          state_.dialogs().showInformation(
              this, tr("Grant access"),
              tr("%n image(s) can be restored with the recipient's key and this file:\n%1", nullptr,
                 static_cast<int>(summary.images))
                  .arg(toText(summary.out)));
        };
      });
}

void ProtectResults::exportReport(const QString& kind) {
  if (!run_) return;
  const bool pdf = kind.startsWith(QLatin1String("pdf"));
  const QString suffix = pdf ? QStringLiteral("pdf") : kind;
  QString file = state_.dialogs().chooseSaveFile(
      this, tr("Export the report"), toText(run_->out) + QStringLiteral("-report.") + suffix,
      suffix.toUpper() + QStringLiteral(" (*.") + suffix + QLatin1Char(')'));
  if (file.isEmpty()) return;
  if (!file.endsWith(QLatin1Char('.') + suffix)) file += QLatin1Char('.') + suffix;
  try {
    if (!pdf) {
      writeFileAtomically(toPath(file), readTextFile(run_->out / ("certificate." + kind.toStdString())));
      return;
    }
    ProtectionReport report;
    report.run = *run_;
    report.evaluation = evaluation_;
    report.datasetName = QFileInfo(state_.project().state().dataset).fileName();
    report.owner = state_.project().state().owner;
    if (const auto browser = state_.browser())
      for (const std::string& name : browser->dataset().classes)
        report.classes << QString::fromStdString(name);
    report.pictures = [this](const pipelines::ProtectedItem& item) -> std::pair<QImage, QImage> {
      const auto browser = state_.browser();
      if (!browser) return {};
      const auto& samples = browser->dataset().samples;
      for (std::size_t i = 0; i < samples.size(); ++i)
        if (samples[i].id == item.id)
          return {toQImage(browser->preview(i, kRunPicture)),
                  toQImage(pipelines::previewOfFile(toPath(outputFile(*run_, item)), kRunPicture))};
      return {};
    };
    writeProtectionPdf(report, kind == QLatin1String("pdf-letter") ? Paper::Letter : Paper::A4, file);
  } catch (...) {
    state_.showError(tr("Export the report"), describeCurrentException());
  }
}

}  // namespace medlocker::ui
