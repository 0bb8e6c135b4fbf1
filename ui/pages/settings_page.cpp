// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/settings_page.h"

#include <QComboBox>
#include <QFormLayout>
#include <QSpinBox>
#include <QThread>
#include <QVBoxLayout>

#include "core/common/device.h"
#include "core/common/run_record.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

SettingsPage::SettingsPage(AppState& state, QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("SettingsPage"));
  Settings& settings = state.settings();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 14, 16, 12);
  layout->setSpacing(12);
  layout->addWidget(pageHeading(tr("Settings"), tr("Kept for this user on this computer.")));

  auto* look = new Card(tr("Appearance"));
  auto* lookForm = new QFormLayout;
  auto* theme = new QComboBox;
  theme->setObjectName(QStringLiteral("theme"));
  theme->setAccessibleName(tr("Theme"));
  theme->addItems({tr("As the desktop"), tr("Light"), tr("Dark")});
  theme->setCurrentIndex(static_cast<int>(settings.theme()));
  auto* language = new QComboBox;
  language->setAccessibleName(tr("Language"));
  language->addItem(tr("As the desktop"), QString());
  language->addItem(QStringLiteral("English"), QStringLiteral("en"));
  language->addItem(QStringLiteral("简体中文"), QStringLiteral("zh_CN"));
  language->setCurrentIndex(std::max(0, language->findData(settings.language())));
  lookForm->addRow(tr("Theme"), theme);
  lookForm->addRow(tr("Language"), language);
  look->body()->addLayout(lookForm);
  look->body()->addWidget(mutedLabel(tr("Another language applies from the next start on.")));
  layout->addWidget(look);

  auto* compute = new Card(tr("Computing"));
  auto* computeForm = new QFormLayout;
  auto* device = new QComboBox;
  device->setAccessibleName(tr("Device"));
  device->addItem(tr("Automatic"), QStringLiteral("auto"));
  device->addItem(tr("Processor"), QStringLiteral("cpu"));
  device->addItem(tr("Graphics card (CUDA)"), QStringLiteral("cuda"));
  device->setCurrentIndex(std::max(0, device->findData(settings.device())));
  auto* threads = new QSpinBox;
  threads->setAccessibleName(tr("Threads"));
  threads->setRange(0, 256);
  threads->setSpecialValueText(tr("all %1").arg(QThread::idealThreadCount()));
  threads->setValue(settings.threads());
  computeForm->addRow(tr("Device"), device);
  computeForm->addRow(tr("Threads"), threads);
  compute->body()->addLayout(computeForm);
  layout->addWidget(compute);

  auto* places = new Card(tr("Folders and key"));
  auto* placesForm = new QFormLayout;
  auto* folder = new PathField(PathField::Kind::Folder, state.dialogs(), tr("Folder for new results"));
  folder->setPath(settings.outputFolder());
  auto* key = new PathField(PathField::Kind::OpenFile, state.dialogs(), tr("Your owner key"),
                            tr("Keys (*.key);;All files (*)"));
  key->setPath(settings.ownerKey());
  placesForm->addRow(tr("Results"), folder);
  placesForm->addRow(tr("Owner key"), key);
  places->body()->addLayout(placesForm);
  layout->addWidget(places);
  // Wider fields say no more.
  for (QWidget* card : {look, compute, places}) card->setMaximumWidth(820);
  layout->addStretch();
  layout->addWidget(mutedLabel(
      tr("MedLocker %1. A protected image is not for diagnosis.").arg(QString::fromLatin1(kVersion))));

  QObject::connect(theme, &QComboBox::activated, this,
                   [&settings](int index) { settings.setTheme(static_cast<ThemeChoice>(index)); });
  QObject::connect(language, &QComboBox::activated, this,
                   [&settings, language] { settings.setLanguage(language->currentData().toString()); });
  QObject::connect(device, &QComboBox::activated, this,
                   [&settings, device] { settings.setDevice(device->currentData().toString()); });
  QObject::connect(threads, &QSpinBox::valueChanged, this,
                   [&settings](int value) { settings.setThreads(value); });
  QObject::connect(folder, &PathField::edited, this,
                   [&settings](const QString& path) { settings.setOutputFolder(path); });
  QObject::connect(key, &PathField::edited, this, [&settings, &state](const QString& path) {
    settings.setOwnerKey(path);
    if (state.project().state().key.isEmpty())
      state.project().change(SettingsPage::tr("Choose a key"), [&path](ProjectState& s) { s.key = path; });
  });
}

}  // namespace medlocker::ui
