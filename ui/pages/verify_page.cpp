// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/verify_page.h"

#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMimeData>
#include <QUrl>
#include <QVBoxLayout>

#include "core/pipelines/generate_keys.h"
#include "core/pipelines/restore_dataset.h"
#include "core/pipelines/verify_dataset.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

QString certificateSentence(const QString& outcome) {
  if (outcome == "VALID")
    return VerifyPage::tr("The certificate is genuine and was signed with the given key.");
  if (outcome == "UNKNOWN_SIGNER")
    return VerifyPage::tr("The signature holds, but it is not the given key's: who signed is not known.");
  if (outcome == "UNSIGNED")
    return VerifyPage::tr("There is no signature beside the certificate. Nothing in it can be relied on.");
  if (outcome == "BAD_SIGNATURE")
    return VerifyPage::tr("The signature does not fit the certificate: it was changed after signing.");
  return VerifyPage::tr("The certificate cannot be accepted.");
}

}  // namespace

VerifyPage::VerifyPage(AppState& state, QWidget* parent) : QWidget(parent), state_(state) {
  setObjectName(QStringLiteral("VerifyPage"));
  setAcceptDrops(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 14, 16, 12);
  layout->setSpacing(12);
  layout->addWidget(
      pageHeading(tr("Verify and unlock"), tr("Check a certificate and its files, or get the originals back "
                                              "with a key. Drop a certificate or files here.")));
  auto* columns = new QHBoxLayout;
  columns->setSpacing(12);
  layout->addLayout(columns, 1);

  auto* check = new Card(tr("Verify"));
  auto* form = new QFormLayout;
  certificate_ = new PathField(PathField::Kind::OpenFile, state_.dialogs(), tr("Certificate"),
                               tr("Certificate (certificate.json *.json)"));
  publicKey_ = new PathField(PathField::Kind::OpenFile, state_.dialogs(), tr("The owner's public key"),
                             tr("Public keys (*.pub);;All files (*)"));
  files_ = new PathList(true, state_.dialogs(), tr("Folders or files to check"));
  certificate_->setObjectName(QStringLiteral("certificate"));
  publicKey_->setObjectName(QStringLiteral("publicKey"));
  files_->setObjectName(QStringLiteral("files"));
  form->addRow(tr("Certificate"), certificate_);
  form->addRow(tr("Public key"), publicKey_);
  form->addRow(tr("Files"), files_);
  check->body()->addLayout(form);
  verify_ = primaryButton(tr("Verify"));
  verify_->setObjectName(QStringLiteral("verify"));
  verify_->setIcon(lineIcon(QStringLiteral("check")));
  auto* row = new QHBoxLayout;
  row->addWidget(verify_);
  row->addStretch();
  check->body()->addLayout(row);
  verdict_ = new QLabel;
  verdict_->setWordWrap(true);
  verdict_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  verdict_->setAccessibleName(tr("Verdict on the certificate"));
  check->body()->addWidget(verdict_);
  table_ = new QTableView;
  table_->setModel(&model_);
  table_->setAlternatingRowColors(true);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->verticalHeader()->hide();
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->setAccessibleName(tr("Verdict per file"));
  table_->setTabKeyNavigation(false);
  check->body()->addWidget(table_, 1);
  columns->addWidget(check, 3);

  auto* unlock = new Card(tr("Unlock"));
  auto* unlockForm = new QFormLayout;
  protected_ = new PathField(PathField::Kind::Folder, state_.dialogs(), tr("Protected folder"));
  grant_ = new PathField(PathField::Kind::OpenFile, state_.dialogs(), tr("Grant"),
                         tr("Grants (*.grant *.json);;All files (*)"));
  key_ = new PathField(PathField::Kind::OpenFile, state_.dialogs(), tr("Your key"),
                       tr("Keys (*.key);;All files (*)"));
  out_ = new PathField(PathField::Kind::Folder, state_.dialogs(), tr("Folder for the originals"));
  protected_->setObjectName(QStringLiteral("protected"));
  grant_->setObjectName(QStringLiteral("grant"));
  key_->setObjectName(QStringLiteral("key"));
  out_->setObjectName(QStringLiteral("restoreOut"));
  grant_->edit()->setPlaceholderText(tr("empty: you are the owner"));
  unlockForm->addRow(tr("Protected"), protected_);
  unlockForm->addRow(tr("Grant"), grant_);
  unlockForm->addRow(tr("Key"), key_);
  unlockForm->addRow(tr("Originals to"), out_);
  unlock->body()->addLayout(unlockForm);
  restore_ = primaryButton(tr("Restore the originals"));
  restore_->setObjectName(QStringLiteral("restore"));
  restore_->setIcon(lineIcon(QStringLiteral("key")));
  auto* restoreRow = new QHBoxLayout;
  restoreRow->addWidget(restore_);
  restoreRow->addStretch();
  unlock->body()->addLayout(restoreRow);
  restored_ = new QLabel;
  restored_->setWordWrap(true);
  restored_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  restored_->setAccessibleName(tr("Result of unlocking"));
  unlock->body()->addWidget(restored_);
  unlock->body()->addWidget(
      mutedLabel(tr("Every sample is compared with the original's hash before a file is written. A file that "
                    "does not fit exactly is not written, and the reason is given.")));
  unlock->body()->addStretch();
  columns->addWidget(unlock, 2);

  connect(verify_, &QPushButton::clicked, this, &VerifyPage::verify);
  connect(restore_, &QPushButton::clicked, this, &VerifyPage::restore);
  connect(&state_.tasks(), &TaskRunner::started, this, &VerifyPage::showBusy);
  connect(&state_.tasks(), &TaskRunner::idle, this, &VerifyPage::showBusy);
  connect(&state_, &AppState::lastRunChanged, this, [this] {
    if (!state_.lastRun()) return;
    const QString run = toText(state_.lastRun()->out);
    certificate_->setPath(run + QStringLiteral("/certificate.json"));
    files_->setPaths({run + QStringLiteral("/images")});
    protected_->setPath(run);
    const QString key = state_.project().state().key;
    key_->setPath(key);
    const QString publicKey =
        QFileInfo(key).dir().filePath(QFileInfo(key).completeBaseName() + QStringLiteral(".pub"));
    if (QFileInfo::exists(publicKey)) publicKey_->setPath(publicKey);
    if (out_->path().isEmpty()) out_->setPath(run + QStringLiteral("-restored"));
  });
}

void VerifyPage::showBusy() {
  verify_->setEnabled(!state_.tasks().isRunning());
  restore_->setEnabled(!state_.tasks().isRunning());
}

void VerifyPage::verify() {
  pipelines::VerifyDatasetOptions options;
  options.certificate = toPath(certificate_->path());
  options.publicKey = toPath(publicKey_->path());
  for (const QString& file : files_->paths()) options.files.push_back(toPath(file));
  certificate_->setError(
      certificate_->path().isEmpty() ? tr("Choose the certificate.json of the protected set.") : QString());
  if (certificate_->path().isEmpty()) return;
  verdict_->clear();
  model_.setFiles({});
  state_.tasks().start(tr("Verifying"), [this, options](const RunContext& context) -> TaskRunner::Completion {
    const pipelines::VerifyDatasetSummary summary = pipelines::verifyDataset(options, context);
    return [this, summary] {
      const QString outcome = QString::fromStdString(summary.certificateOutcome);
      QString text =
          QStringLiteral("<b style='color:%1'>%2</b> — %3")
              .arg(statusColour(outcome).name(), outcome, certificateSentence(outcome).toHtmlEscaped());
      if (!summary.certificateReason.empty() && outcome != "VALID")
        text += QStringLiteral("<br>") + QString::fromStdString(summary.certificateReason).toHtmlEscaped();
      QStringList counts;
      for (const auto& [name, count] : summary.counts)
        counts << QStringLiteral("%1 %2").arg(count).arg(QString::fromStdString(name));
      if (!counts.isEmpty())
        text +=
            QStringLiteral("<br>") + tr("Files: %1").arg(counts.join(QStringLiteral(", "))).toHtmlEscaped();
      verdict_->setText(text);
      model_.setFiles(summary.files);
      table_->resizeColumnToContents(1);
      table_->setColumnWidth(0, 260);
    };
  });
}

void VerifyPage::restore() {
  pipelines::RestoreDatasetOptions options;
  options.protectedFolder = toPath(protected_->path());
  options.grant = toPath(grant_->path().isEmpty() ? protected_->path() : grant_->path());
  options.key = toPath(key_->path());
  options.out = toPath(out_->path());
  const auto need = [](PathField* field, const QString& message) {
    field->setError(field->path().isEmpty() ? message : QString());
    return !field->path().isEmpty();
  };
  const bool complete =
      static_cast<int>(need(protected_, tr("Choose the folder with the protected images."))) +
          static_cast<int>(
              need(key_, tr("Choose owner.key, or the recipient.key that the grant was made for."))) +
          static_cast<int>(need(out_, tr("Choose a new folder."))) ==
      3;
  if (!complete) return;
  try {
    if (pipelines::keyNeedsPassphrase(options.key)) {
      const auto passphrase = state_.dialogs().askPassphrase(this, tr("Passphrase of your key"));
      if (!passphrase) return;
      options.passphrase = passphrase->toStdString();
    }
  } catch (...) {
    state_.showError(tr("Read the key"), describeCurrentException());
    return;
  }
  restored_->clear();
  state_.tasks().start(tr("Restoring"), [this, options](const RunContext& context) -> TaskRunner::Completion {
    const pipelines::RestoreDatasetSummary summary = pipelines::restoreDataset(options, context);
    return [this, summary] {
      QString text = tr("%1 of %2 files restored, every sample identical to the original.")
                         .arg(summary.restored + summary.already)
                         .arg(summary.files);
      for (const ItemIssue& issue : summary.issues)
        text += QLatin1Char('\n') + QString::fromStdString(issue.item) + QStringLiteral(": ") +
                QString::fromStdString(issue.reason);
      restored_->setText(text);
    };
  });
}

void VerifyPage::take(const QStringList& dropped) {
  QStringList files = files_->paths();
  for (const QString& file : dropped) {
    if (QFileInfo(file).fileName() == QLatin1String("certificate.json"))
      certificate_->setPath(file);
    else if (file.endsWith(QLatin1String(".pub")))
      publicKey_->setPath(file);
    else if (file.endsWith(QLatin1String(".key")))
      key_->setPath(file);
    else
      files << file;
  }
  files_->setPaths(files);
}

void VerifyPage::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void VerifyPage::dropEvent(QDropEvent* event) {
  QStringList files;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile()) files << url.toLocalFile();
  take(files);
}

}  // namespace medlocker::ui
