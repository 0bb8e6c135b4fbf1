// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QStandardPaths>

#include "core/common/device.h"
#include "core/common/run_record.h"
#include "ui/main_window.h"
#include "ui/services/language.h"
#include "ui/services/theme.h"

int main(int argc, char** argv) {
  using namespace medlocker;
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("medlocker-studio"));
  QApplication::setApplicationDisplayName(QStringLiteral("MedLocker Studio"));
  QApplication::setApplicationVersion(QString::fromLatin1(kVersion));
  QApplication::setDesktopFileName(QStringLiteral("org.medlocker.Studio"));

  ui::Settings settings;
  ui::applyLanguage(settings.language());

  QCommandLineParser parser;
  parser.setApplicationDescription(QApplication::translate(
      "main", "The window of MedLocker: protect, certify and restore retinal image datasets."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addPositionalArgument(QStringLiteral("dataset"),
                               QApplication::translate("main", "Dataset or project to open"),
                               QStringLiteral("[DATASET]"));
  parser.process(app);

  ui::applyTheme(settings.theme());
  setComputeThreads(settings.threads());

  ui::QtDialogs dialogs;
  const QString data = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
  QDir().mkpath(data);
  ui::MainWindow window(settings, dialogs, data + QStringLiteral("/recovery.medlocker"));
  window.show();
  if (!parser.positionalArguments().isEmpty())
    window.state().open(QDir::current().absoluteFilePath(parser.positionalArguments().first()));
  return QApplication::exec();
}
