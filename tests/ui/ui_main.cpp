// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QApplication>

#include "ui/services/theme.h"

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM",
          qEnvironmentVariableIsSet("QT_QPA_PLATFORM") ? qgetenv("QT_QPA_PLATFORM") : "offscreen");
  QApplication app(argc, argv);
  medlocker::ui::applyTheme(medlocker::ui::ThemeChoice::Light);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
