// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/app_state.h"

namespace medlocker::ui {

/// Theme, language, device, threads, folders, key.
class SettingsPage : public QWidget {
  Q_OBJECT
 public:
  explicit SettingsPage(AppState& state, QWidget* parent = nullptr);
};

}  // namespace medlocker::ui
