// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>
#include <array>
#include <string_view>

#include "core/common/error.h"
#include "core/common/resources.h"

namespace medlocker::ui {
namespace {

/// Stages that the use cases report. They are part of the command line's output and stay English there.
constexpr std::array<const char*, 16> kStages{QT_TRANSLATE_NOOP("Stages", "Attacking"),
                                              QT_TRANSLATE_NOOP("Stages", "Certifying"),
                                              QT_TRANSLATE_NOOP("Stages", "Evaluating"),
                                              QT_TRANSLATE_NOOP("Stages", "Finding the images"),
                                              QT_TRANSLATE_NOOP("Stages", "Measuring settings"),
                                              QT_TRANSLATE_NOOP("Stages", "Measuring the models"),
                                              QT_TRANSLATE_NOOP("Stages", "Opening the run"),
                                              QT_TRANSLATE_NOOP("Stages", "Protecting"),
                                              QT_TRANSLATE_NOOP("Stages", "Reading audits"),
                                              QT_TRANSLATE_NOOP("Stages", "Reading the dataset"),
                                              QT_TRANSLATE_NOOP("Stages", "Restoring"),
                                              QT_TRANSLATE_NOOP("Stages", "Searching masks"),
                                              QT_TRANSLATE_NOOP("Stages", "Verifying"),
                                              QT_TRANSLATE_NOOP("Stages", "draw"),
                                              QT_TRANSLATE_NOOP("Stages", "epoch"),
                                              QT_TRANSLATE_NOOP("Stages", "train")};

bool install(QTranslator* translator, const QString& file) {
  if (!translator->load(file)) {
    delete translator;
    return false;
  }
  QCoreApplication::installTranslator(translator);
  return true;
}

}  // namespace

void applyLanguage(const QString& language) {
  const QString name = language.isEmpty() ? QLocale().name() : language;
  QLocale::setDefault(QLocale(name));
  QCoreApplication* app = QCoreApplication::instance();
  install(new QTranslator(app), QLibraryInfo::path(QLibraryInfo::TranslationsPath) +
                                    QStringLiteral("/qtbase_") + name + QStringLiteral(".qm"));
  // "zh_CN", then "zh"; English has a file of its own for its plurals.
  for (const QString& wanted : {name, name.section(QLatin1Char('_'), 0, 0), QStringLiteral("en")}) {
    try {
      const std::string file = "translations/medlocker_" + wanted.toStdString() + ".qm";
      if (install(new QTranslator(app), QString::fromStdString(findResource(file).string()))) return;
    } catch (const Error&) {
      // Not a language of ours: the next one.
    }
  }
}

QString stageText(const std::string& stage) {
  for (const char* known : kStages)
    if (stage == known) return QCoreApplication::translate("Stages", known);
  return QString::fromStdString(stage);
}

}  // namespace medlocker::ui
