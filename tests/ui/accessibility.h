// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

class QWidget;

namespace medlocker::ui {

/// Interactive elements below `root` that a screen reader has no name for, as "role in class (object name)".
/// Parts inside Qt's own composite controls speak through their owner and are left out.
QStringList unnamedElements(QWidget* root);

}  // namespace medlocker::ui
