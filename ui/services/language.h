// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <string>

namespace medlocker::ui {

/// Installs the translators of a language ("en", "zh_CN"; empty: the desktop's) for texts of ours and of Qt.
/// Call once, before the first widget is made. A language without a translation shows English.
void applyLanguage(const QString& language);

/// A stage of a running task in the window's language; one that is not known here is shown as it is.
QString stageText(const std::string& stage);

}  // namespace medlocker::ui
