// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later

// A tour of the window that saves a picture of every page, in light and dark and in two sizes:
//
//   xvfb-run -a build/release/bin/medlocker-studio-tour --out FOLDER [--dataset SET] [--masks FOLDER]
//   [--pages train,protect]
//
// Without a dataset it draws a synthetic one. Everything really runs: models are trained, images protected,
// verified, restored and audited. Whoever changes a page runs it and looks at the pictures.
#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QListWidget>
#include <QTextStream>

#include "tests/ui/scripted_window.h"
#include "tests/ui/tour_steps.h"
#include "ui/services/theme.h"

int main(int argc, char** argv) {
  using namespace medlocker::ui;
  QApplication app(argc, argv);
  QCommandLineParser parser;
  parser.addHelpOption();
  parser.addOptions({{"out", "Folder for the pictures and results; must be new", "FOLDER"},
                     {"dataset", "Dataset to show; without one a synthetic set is drawn", "SET"},
                     {"masks", "Extra folder with lesion masks", "FOLDER"},
                     {"pages", "Only these pages, such as train,protect", "NAMES"},
                     {"language", "en or zh_CN", "NAME", "en"}});
  parser.process(app);
  QTextStream err(stderr);
  if (!parser.isSet("out") || (QDir(parser.value("out")).exists() && !QDir(parser.value("out")).isEmpty())) {
    err << "studio tour: --out must name a new folder\n";
    return 2;
  }
  applyTheme(ThemeChoice::Light);
  try {
    TourOptions options;
    options.out = QDir(parser.value("out")).absolutePath();
    if (parser.isSet("dataset")) options.dataset = QDir(parser.value("dataset")).absolutePath();
    if (parser.isSet("masks")) options.masks = QDir(parser.value("masks")).absolutePath();
    if (parser.isSet("pages")) options.pages = parser.value("pages").split(QLatin1Char(','));
    options.language = parser.value("language");
    const int pictures = runTour(options, [&](const QString& line) { err << line << Qt::endl; });
    err << "studio tour: " << pictures << " pictures in " << options.out << Qt::endl;
    return 0;
  } catch (const std::exception& e) {
    err << "studio tour: " << e.what() << Qt::endl;
    return 1;
  }
}
