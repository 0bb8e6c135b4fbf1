// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QString>

#include "ui/services/settings.h"

class QChart;

namespace medlocker::ui {

/// Fusion with a light and a dark palette of our own. `System` follows the desktop's palette brightness as it
/// was at the program's start (Qt 6.4 tells no more).
void applyTheme(ThemeChoice choice);
bool isDarkTheme();

/// Colours that colour-blind people can tell apart (Okabe and Ito 2008); `index` wraps around. Charts pair
/// them with shapes or labels, so colour is never the only sign.
QColor seriesColour(int index);
QColor accentColour();
QColor mutedTextColour();
/// What lies behind pictures that do not fill their place.
QColor pictureGround();
/// Writing on that ground, light in both themes.
QColor pictureTextColour();
/// Outline of a lesion kind MA HE EX SE OD FOVEA OTHER.
QColor lesionColour(const QString& kind);
/// PROTECTED PARTIAL WEAK INFEASIBLE SKIPPED ERROR, VALID …
QColor statusColour(const QString& status);

/// Line icon of the navigation and tool bars, drawn in the palette's text colour: home, grid, box, shield,
/// key, train, chart, gear, folder, sparkle, play, pause, stop, check.
QIcon lineIcon(const QString& name);

/// Background, fonts and grid of a chart after a palette.
void styleChart(QChart& chart, const QPalette& palette);
/// Black on white, for paper.
QPalette printPalette();

}  // namespace medlocker::ui
