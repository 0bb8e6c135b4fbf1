// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/audit_page.h"

#include <QHeaderView>
#include <QScrollArea>
#include <QVBoxLayout>

#include "core/pipelines/compare_audits.h"
#include "ui/pages/audit_form.h"
#include "ui/pages/audit_results.h"
#include "ui/services/language.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

AuditPage::AuditPage(AppState& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      stack_(new QStackedWidget),
      form_(new AuditForm(state)),
      results_(new AuditResults(state)) {
  setObjectName(QStringLiteral("AuditPage"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 14, 16, 12);
  layout->addWidget(stack_);
  stack_->addWidget(scrollable(form_, tr("Options of the audit")));

  auto* running = new QWidget;
  auto* runningLayout = new QVBoxLayout(running);
  runningLayout->setContentsMargins(0, 0, 0, 0);
  runningLayout->addWidget(pageHeading(
      tr("Auditing"),
      tr("Every finished step is on disk before the next begins. You may stop or close the window at "
         "any time and go on later with the same figures.")));
  liveText_ = new QLabel;
  liveText_->setAccessibleName(tr("State of the audit"));
  runningLayout->addWidget(liveText_);
  live_ = new QTableView;
  live_->setModel(&progress_);
  live_->setAccessibleName(tr("Images right so far, per model, attack and class"));
  live_->verticalHeader()->hide();
  live_->setAlternatingRowColors(true);
  live_->setSelectionBehavior(QAbstractItemView::SelectRows);
  live_->setTabKeyNavigation(false);
  runningLayout->addWidget(live_, 1);
  stack_->addWidget(running);
  stack_->addWidget(results_);

  connect(form_, &AuditForm::startRequested, this, &AuditPage::start);
  connect(form_, &AuditForm::openRequested, this, &AuditPage::open);
  connect(results_, &AuditResults::anotherRequested, this, [this] { stack_->setCurrentIndex(0); });
  connect(results_, &AuditResults::compareRequested, this, &AuditPage::compare);
  connect(&progress_, &QAbstractItemModel::rowsInserted, live_, &QTableView::resizeColumnsToContents);
  connect(&state_, &AppState::browserChanged, this, [this] { stack_->setCurrentIndex(0); });
  connect(&state_.tasks(), &TaskRunner::progressChanged, this, [this] {
    if (!mine_) return;
    const Progress& progress = state_.tasks().progress();
    QString text = progress.total > 0 ? tr("Step %1 of %2").arg(progress.done).arg(progress.total)
                                      : stageText(progress.stage);
    const QString left = durationText(state_.tasks().remainingSeconds());
    if (!left.isEmpty()) text += tr(" · %1 left").arg(left);
    liveText_->setText(text);
  });
  connect(&state_.tasks(), &TaskRunner::idle, this, [this] {
    // Stopped or failed: back to the form, which offers to go on.
    if (mine_ && stack_->currentIndex() == 1) stack_->setCurrentIndex(0);
    mine_ = false;
  });
}

bool AuditPage::showsResults() const {
  return stack_->currentIndex() == 2;
}

void AuditPage::start() {
  if (!form_->isReady()) return;
  const pipelines::AuditOptions options = form_->options();
  progress_.clear();
  liveText_->setText(tr("Opening models and images"));
  mine_ = state_.tasks().start(
      tr("Auditing"), [this, options](const RunContext& context) -> TaskRunner::Completion {
        const pipelines::AuditSummary summary =
            pipelines::auditModels(options, context, [this](const pipelines::AuditTally& tally) {
              QMetaObject::invokeMethod(
                  this, [this, tally] { progress_.add(tally); }, Qt::QueuedConnection);
            });
        return [this, summary] {
          if (summary.outcome == Outcome::Cancelled) return;
          folder_ = toText(summary.out);
          results_->setAudit(summary.result, folder_);
          stack_->setCurrentIndex(2);
        };
      });
  if (mine_) stack_->setCurrentIndex(1);
}

void AuditPage::open(const QString& folder) {
  state_.tasks().start(tr("Opening an audit"), [this, folder](const RunContext&) -> TaskRunner::Completion {
    const audit::AuditResult result = pipelines::loadAudit(toPath(folder));
    return [this, result, folder] {
      folder_ = folder;
      results_->setAudit(result, folder);
      stack_->setCurrentIndex(2);
    };
  });
}

void AuditPage::compare() {
  const QString other =
      state_.dialogs().chooseFolder(this, tr("Folder of another audit"), state_.settings().outputFolder());
  if (other.isEmpty()) return;
  pipelines::CompareAuditsOptions options;
  options.audits = {toPath(folder_), toPath(other)};
  QString out = folder_ + QStringLiteral("-compared");
  for (int number = 2; std::filesystem::exists(toPath(out)); ++number)
    out = folder_ + QStringLiteral("-compared-%1").arg(number);
  options.out = toPath(out);
  state_.tasks().start(
      tr("Comparing audits"), [this, options](const RunContext& context) -> TaskRunner::Completion {
        const pipelines::CompareAuditsSummary summary = pipelines::compareAudits(options, context);
        return [this, summary] {
          // Shown as one audit of all models; names say where each comes from.
          audit::AuditResult joined = summary.audits.front();
          joined.models.clear();
          joined.flags.clear();
          joined.requirements.clear();
          for (std::size_t a = 0; a < summary.audits.size(); ++a)
            for (audit::AuditedModel model : summary.audits[a].models) {
              model.name = std::to_string(a + 1) + ": " + model.name;
              joined.models.push_back(std::move(model));
            }
          joined.comparisons = summary.comparisons;
          for (const std::string& notice : summary.notices)
            joined.flags.push_back({"", "comparison", notice});
          results_->setAudit(std::move(joined), toText(summary.out));
          stack_->setCurrentIndex(2);
        };
      });
}

}  // namespace medlocker::ui
