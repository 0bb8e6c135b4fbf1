// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/protect_page.h"

#include <QScrollArea>
#include <QVBoxLayout>

#include "core/pipelines/generate_keys.h"
#include "core/pipelines/watch_protection.h"
#include "ui/pages/protect_form.h"
#include "ui/pages/protect_results.h"
#include "ui/pages/protect_run_view.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

ProtectPage::ProtectPage(AppState& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      stack_(new QStackedWidget),
      form_(new ProtectForm(state)),
      running_(new ProtectRunView(state)),
      results_(new ProtectResults(state)) {
  setObjectName(QStringLiteral("ProtectPage"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 14, 16, 12);
  layout->addWidget(stack_);
  stack_->addWidget(scrollable(form_, tr("Options of the protection")));
  stack_->addWidget(running_);
  stack_->addWidget(results_);

  connect(form_, &ProtectForm::startRequested, this, &ProtectPage::start);
  connect(results_, &ProtectResults::anotherRequested, this, [this] { stack_->setCurrentIndex(0); });
  connect(&state_, &AppState::browserChanged, this, [this] { stack_->setCurrentIndex(0); });
  connect(&state_.tasks(), &TaskRunner::progressChanged, this, [this] {
    if (mine_) running_->showProgress();
  });
  connect(&state_.tasks(), &TaskRunner::idle, this, [this] {
    // Failed: back to the form.
    if (mine_ && stack_->currentIndex() == 1) stack_->setCurrentIndex(0);
    if (mine_) running_->end();
    mine_ = false;
  });
}

bool ProtectPage::isReady() const {
  return form_->isReady();
}

void ProtectPage::start() {
  if (!form_->isReady()) return;
  pipelines::ProtectDatasetOptions run = form_->options();
  try {
    if (pipelines::keyNeedsPassphrase(run.ownerKey)) {
      const auto passphrase = state_.dialogs().askPassphrase(this, tr("Passphrase of the owner key"));
      if (!passphrase) return;
      run.passphrase = passphrase->toStdString();
    }
  } catch (...) {
    state_.showError(tr("Read the key"), describeCurrentException());
    return;
  }
  const auto monitor = std::make_shared<pipelines::SearchMonitor>();
  running_->begin(toText(run.out), monitor);
  mine_ = state_.tasks().start(
      tr("Protecting"),
      [this, run, monitor, boxes = state_.project().state().boxes,
       browser = state_.browser()](const RunContext& context) mutable -> TaskRunner::Completion {
        if (!boxes.empty()) {
          // Beside the run folder, which must be empty at the beginning.
          std::filesystem::path file = run.out;
          file += ".boxes.json";
          pipelines::writeBoxEdits(file, boxes, *browser);
          run.boxes = file;
        }
        const pipelines::ProtectDatasetSummary summary = pipelines::watchProtection(
            run, context,
            [this](const pipelines::ProtectedItem& item) {
              QMetaObject::invokeMethod(
                  this, [this, item] { running_->add(item); }, Qt::QueuedConnection);
            },
            monitor.get());
        return [this, summary] { finished(summary); };
      });
  if (mine_) stack_->setCurrentIndex(1);
}

void ProtectPage::finished(const pipelines::ProtectDatasetSummary& summary) {
  state_.setLastRun(summary);
  results_->setRun(summary);
  stack_->setCurrentIndex(2);
}

}  // namespace medlocker::ui
